"""From labelled responses to pairs: inputs, the rule over bit masks, tables, the published form."""
