"""Values in French sentences, their look-alikes, and French words within other languages.

The sentences were written before the matcher knew any French.
"""

import pytest

from cosapien import Fact
from scorers.rules.values import find, read
from scorers.rules.values.dates import months

PRICE = Fact("money", 37, ("EUR",))
CENTS = Fact("money", 2.5, ("EUR",))
BIG = Fact("money", 2750, ("EUR",))
SWISS = Fact("money", 85, ("CHF",))
POUNDS = Fact("money", 6.5, ("GBP",))
DOLLARS = Fact("money", 120, ("USD",))
SHARE = Fact("percent", 83.6)
PART = Fact("percent", 62.5)
SIXTHS = Fact("percent", 100 * 5 / 6)
HALF = Fact("percent", 50)
HOURS = Fact("duration", 1.5, ("hour",))
DAYS = Fact("duration", 9, ("working day",))
WEEKS = Fact("duration", 6, ("week",))
MONTHS = Fact("duration", 14, ("month",))
YEAR = Fact("duration", 1, ("year",))
YEARS = Fact("duration", 12, ("year",))
MINUTES = Fact("duration", 45, ("minute",))
LENGTH = Fact("quantity", 1.2, ("m",))
INCHES = Fact("quantity", 15, ("in",))
WEIGHT = Fact("quantity", 23, ("kg",))
MEMORY = Fact("quantity", 16, ("GB",))
DISK = Fact("quantity", 512, ("MB",))
DEGREES = Fact("quantity", 4, ("°C",))
LOANS = Fact("count", 71, ("livres", "ouvrages"))
GUESTS = Fact("count", 300, ("invités",))
TIME = Fact("time", "17:20")
QUARTER = Fact("time", "05:15")
NIGHT = Fact("time", "00:00")
NOON = Fact("time", "12:00")
EVENING = Fact("time", "18:00")
MORNING = Fact("time", "08:45")
DAY = Fact("date", "11-19")
FIRST = Fact("date", "05-01")
SUMMER = Fact("date", "08-07")
NUMBER = Fact("number", 97)
ROOM = Fact("code", "N-104")


def states(text: str, fact: Fact, bare: bool = True) -> bool:
    return bool(list(find(read(text), fact, bare=bare)))


@pytest.mark.parametrize(
    ("text", "fact"),
    [
        # money
        ("Le deuxième bagage coûte 37 € par vol.", PRICE),
        ("Le deuxième bagage coûte 37 euros.", PRICE),
        ("Comptez trente-sept euros par trajet.", PRICE),
        ("Il vous en coûtera 37,00 € au guichet.", PRICE),
        ("Soit 3 700 centimes.", PRICE),
        ("L'amende est de deux euros cinquante.", CENTS),
        ("L'amende est de 2 € 50 par jour.", CENTS),
        ("L'amende est de 2,50 €.", CENTS),
        ("La franchise s'élève à 2 750 €.", BIG),
        ("La franchise s'élève à 2\u202f750 €.", BIG),
        ("La franchise s'élève à deux mille sept cent cinquante euros.", BIG),
        ("Le forfait vaut quatre-vingt-cinq francs suisses.", SWISS),
        ("Le forfait vaut 85 francs.", SWISS),
        ("L'entrée est à 6,50 livres sterling.", POUNDS),
        ("L'entrée est à six livres cinquante.", POUNDS),
        ("Il faut compter cent vingt dollars.", DOLLARS),
        # shares
        ("83,6 % des vols sont partis à l'heure.", SHARE),
        ("83,6 pour cent des vols sont partis à l'heure.", SHARE),
        ("Quatre-vingt-trois virgule six pour cent des vols.", SHARE),
        ("La part est de 62,5 pour cent.", PART),
        ("Cinq sur huit.", PART),
        ("Cinq vols sur six partent à l'heure.", SIXTHS),
        ("La moitié des billets sont remboursés.", HALF),
        ("Un lecteur sur deux revient.", HALF),
        # durations
        ("Le trajet dure 1 h 30.", HOURS),
        ("Le trajet dure une heure et demie.", HOURS),
        ("Le trajet dure 1 heure 30 minutes.", HOURS),
        ("Le trajet dure quatre-vingt-dix minutes.", HOURS),
        ("Comptez neuf jours ouvrés.", DAYS),
        ("Comptez 9 jours ouvrables.", DAYS),
        ("La réparation prend six semaines.", WEEKS),
        ("Le bon est valable quatorze mois.", MONTHS),
        ("Le bon est valable un an et deux mois.", MONTHS),
        ("La carte est valable un an.", YEAR),
        ("La carte est valable 1 an.", YEAR),
        ("La carte dure une année entière.", YEAR),
        ("C'est réservé aux plus de douze ans.", YEARS),
        ("Il y a eu un retard de trois quarts d'heure.", MINUTES),
        ("Il y a eu un retard de quarante-cinq minutes.", MINUTES),
        # quantities
        ("La planche mesure 1,20 mètre.", LENGTH),
        ("La planche mesure un mètre vingt.", LENGTH),
        ("La planche mesure cent vingt centimètres.", LENGTH),
        ("L'écran fait quinze pouces.", INCHES),
        ("Chaque valise peut peser 23 kilos.", WEIGHT),
        ("Chaque valise peut peser vingt-trois kilogrammes.", WEIGHT),
        ("L'appareil a 16 Go de mémoire.", MEMORY),
        ("L'appareil a seize gigaoctets de mémoire.", MEMORY),
        ("Le quota est de 512 Mo.", DISK),
        ("Conservez-le à quatre degrés.", DEGREES),
        # counts
        ("On peut emprunter soixante et onze livres.", LOANS),
        ("On peut emprunter 71 livres à la fois.", LOANS),
        ("La salle accueille trois cents invités.", GUESTS),
        ("La salle accueille 300 invités.", GUESTS),
        # times
        ("Le départ est à 17 h 20.", TIME),
        ("Le départ est à 17h20.", TIME),
        ("Le départ est à dix-sept heures vingt.", TIME),
        ("Le départ est à cinq heures vingt de l'après-midi.", TIME),
        ("La porte ouvre à cinq heures et quart.", QUARTER),
        ("La porte ouvre à 5 heures et quart du matin.", QUARTER),
        ("On ferme à minuit.", NIGHT),
        ("On ferme à midi.", NOON),
        ("On ferme à 18 heures.", EVENING),
        ("On ferme à six heures du soir.", EVENING),
        ("On ouvre à neuf heures moins le quart.", MORNING),
        ("On ouvre à neuf heures moins quinze.", MORNING),
        # days
        ("L'inauguration a lieu le 19 novembre.", DAY),
        ("L'inauguration a lieu le 19 nov. prochain.", DAY),
        ("L'inauguration a lieu le dix-neuf novembre.", DAY),
        ("La fête est le 1er mai.", FIRST),
        ("La fête est le premier mai.", FIRST),
        ("Le concours débute le 7 août.", SUMMER),
        ("Le concours débute le sept août.", SUMMER),
        # others
        ("Le total est de quatre-vingt-dix-sept.", NUMBER),
        ("Voir la note N cent quatre.", ROOM),
    ],
)
def test_a_french_statement_states_its_value(text, fact):
    assert states(text, fact)


@pytest.mark.parametrize(
    ("text", "fact"),
    [
        ("Le deuxième bagage coûte 137 euros.", PRICE),
        ("Le deuxième bagage coûte trente-huit euros.", PRICE),
        ("Le deuxième bagage coûte cent trente-sept euros.", PRICE),
        ("Il reste 37 places.", PRICE),
        ("Voir la page 37.", PRICE),
        ("Trente-sept personnes sont venues.", PRICE),
        ("L'amende est de 25 centimes.", CENTS),
        ("La franchise est de 2,75 €.", BIG),
        ("La franchise est de deux mille sept cents euros.", BIG),
        ("Le forfait vaut vingt-cinq francs suisses.", SWISS),
        ("Il y a six livres et cinquante revues.", Fact("money", 56, ("GBP",))),
        ("Il faut compter cent vingt euros.", DOLLARS),
        ("83 pour cent des vols.", SHARE),
        ("Cent pour cent des vols.", Fact("money", 100, ("EUR",))),
        ("Quatre vols sur cinq.", SIXTHS),
        ("Le trajet dure 1 h 20.", HOURS),
        ("Comptez neuf jours.", DAYS),
        ("Six mois après.", WEEKS),
        ("La carte est valable deux ans.", YEAR),
        ("Un an et demi.", MONTHS),
        ("Un vélo tout neuf.", Fact("duration", 9, ("hour",))),
        ("L'appareil a 16 Mo de mémoire.", MEMORY),
        ("L'écran fait cinq pouces.", INCHES),
        ("Le départ est à 17 h 30.", TIME),
        ("Le départ est à 17 h.", TIME),
        ("On y va après midi et demi.", NOON),
        ("Cet après-midi, la salle est fermée.", NOON),
        ("On ouvre à neuf heures et quart.", MORNING),
        ("La porte ouvre à cinq heures.", QUARTER),
        ("Le 19 octobre.", DAY),
        ("Le 7 septembre.", SUMMER),
        ("Le premier étage est fermé en mai.", FIRST),
        ("Le premier juin.", FIRST),
        ("Elle a sept ans.", Fact("date", "09-07")),
        ("Le total est de soixante-dix-sept.", NUMBER),
    ],
)
def test_a_french_look_alike_does_not(text, fact):
    assert not states(text, fact)


@pytest.mark.parametrize(
    ("text", "fact"),
    [
        ("It costs six cents a page.", Fact("money", 600, ("EUR",))),
        ("It costs fifty cents.", Fact("number", 100)),
        ("A six cent fee.", Fact("number", 600)),
        ("They seize 16 bikes.", Fact("number", 10)),
        ("They will seize euros.", Fact("money", 16, ("EUR",))),
        ("It happened on Sept 19.", Fact("date", "07-19")),
        ("In early Sept, then.", Fact("number", 7)),
        ("From 9 to 5.", Fact("quantity", 9, ("TB",))),
        ("Step 3. Go to the desk.", Fact("quantity", 3, ("GB",))),
        ("It is 37 an hour.", Fact("duration", 37, ("year",))),
        ("There are two tiers of prices.", Fact("percent", 200 / 3)),
        ("The premier may speak on the 3rd.", FIRST),
        ("A midi skirt.", NOON),
        ("A midi file.", NOON),
        ("One per cent of it.", Fact("number", 100)),
        ("Offen 8-18 Uhr Mo-Fr.", Fact("quantity", 18, ("MB",))),
        ("Die Tour führt von Hof 5 ans Meer.", Fact("duration", 5, ("year",))),
        ("A mille-feuille, please.", Fact("number", 1000)),
        ("Mille vanilli sang.", Fact("number", 1000)),
        ("Calle 5 sur, edificio 8.", PART),
        ("The lead pour took 37.", Fact("percent", 37)),
    ],
)
def test_french_words_mean_nothing_new_in_other_languages(text, fact):
    assert not states(text, fact, bare=fact.kind == "number")


@pytest.mark.parametrize(
    ("text", "fact"),
    [
        ("It costs six cents a page.", Fact("money", 0.06, ("EUR",))),
        ("It costs fifty cents.", Fact("money", 0.5, ("EUR",))),
        ("It happened on Sept 19.", Fact("date", "09-19")),
        ("On 19 Sept 2026.", Fact("date", "09-19")),
        ("It lasts 3 mo.", Fact("duration", 3, ("month",))),
    ],
)
def test_what_was_read_in_other_languages_still_is(text, fact):
    assert states(text, fact)


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("Ce sera fin mai.", [5]),
        ("Ce sera en mars, sans doute.", [3]),
        ("Ce sera à la mi-août.", [8]),
        ("Ce sera au mois de février.", [2]),
        ("Ce sera après le mois d'avril.", [4]),
        ("Ce sera dans sept jours.", []),
        ("A Mars bar.", []),
        ("By mid-Sept.", [9]),
        ("Mai pen rai, they said.", [5]),
    ],
)
def test_months_that_are_named(text, named):
    assert [number for number, *_ in months(read(text))] == named
