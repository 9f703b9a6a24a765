"""Reading what a stranger sent: bounded, strict, never run. No records of this project in here."""
