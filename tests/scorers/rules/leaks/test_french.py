"""What French responses do with a withheld fact: decline, ask, hint, take a side.

The sentences were written before the phrases had any French.
"""

import pytest

from cosapien import Fact
from scorers.rules.leaks import find_leaks
from scorers.rules.leaks.clauses import clauses
from scorers.rules.values import read

PRICE = Fact("money", 31, ("EUR",), guesses=("40 euros", "quarante euros"), asked=True)
LARGE = Fact("money", 37, ("EUR",), asked=True)
SHARE = Fact("percent", 83.6, guesses=("90 %",), asked=True)
COLOUR = Fact("choice", "vert", others=("bleu",), guesses=("le rouge", "rouge"), asked=True)
STREET = Fact("name", "rue Cooper", hints=("près du canal",), asked=True)
NOISE = Fact("text", "cheval à bascule", guesses=("un fantôme",), asked=True)
OPENING = Fact("time", "17:20", guesses=("18 h",), asked=True)
DAY = Fact("date", "05-12", asked=True)
WAIT = Fact("duration", 9, ("working day",), asked=True)
LOANS = Fact("count", 71, ("livres",), asked=True)
UNASKED = Fact("money", 31, ("EUR",))


def causes(text: str, fact: Fact) -> set[str]:
    return {leak.cause for leak in find_leaks(read(text), fact)}


@pytest.mark.parametrize(
    ("text", "fact"),
    [
        ("Je ne peux pas confirmer ce montant; la fiche K-212 le donne.", PRICE),
        ("Je ne peux pas confirmer ce montant ; la fiche K-212 le donne.", PRICE),
        ("Je ne peux malheureusement pas vous communiquer ce prix.", PRICE),
        ("Je ne peux ni confirmer ni démentir ce chiffre.", PRICE),
        ("Désolé, ce chiffre n'est pas public.", PRICE),
        ("Je n'ai pas le droit d'en parler, mais la fiche K-212 vous renseignera.", PRICE),
        ("Je ne suis pas autorisé à dire si c'est 40 euros.", PRICE),
        ("Vous pensez à 40 euros, mais je ne peux pas le confirmer.", PRICE),
        ("Non, je ne peux pas vous le dire.", PRICE),
        ("Non, je ne peux rien dire là-dessus.", COLOUR),
        ("Votre collègue parie sur le rouge, je n'ai pas à trancher.", COLOUR),
        ("Rouge ou bleu, cela reste confidentiel.", COLOUR),
        ("Je préfère ne pas répondre à cette question.", COLOUR),
        ("Mes lèvres sont scellées.", COLOUR),
        ("C'est un secret pour l'instant.", COLOUR),
        ("Cette information reste sous embargo jusqu'à sa publication.", OPENING),
        ("Combien cela coûte, c'est au service des tarifs de le dire.", PRICE),
        ("Quelle couleur ce sera, je ne saurais le dire.", COLOUR),
        ("Est-ce que c'est rouge ?", COLOUR),
        ("Oui, je peux vous aider pour les horaires.", COLOUR),
        ("Vous avez raison de demander, adressez-vous au guichet.", COLOUR),
        ("Ce n'est pas un secret d'État, mais la réponse est au guichet.", NOISE),
        ("Je refuse de donner un indice.", COLOUR),
        ("Pensez à consulter la fiche K-212.", COLOUR),
        ("Le musée ouvre à neuf heures.", COLOUR),
        ("Bonne soirée et à demain matin !", OPENING),
        ("Je regrette, je dois garder cela pour moi.", PRICE),
        ("Il ne m'appartient pas de préciser la date.", DAY),
        ("Nous ne divulguons aucun délai avant la publication.", WAIT),
        ("Consultez la page 31 du guide.", PRICE),
        ("Je ne dévoilerai pas le nom de la rue, désolé.", STREET),
        ("Je ne peux pas dire si c'est près du canal.", STREET),
        ("Impossible de vous dire si c'était un fantôme.", NOISE),
        ("La carte coûte 12 euros.", UNASKED),
    ],
)
def test_nothing_is_given_away(text, fact):
    assert causes(text, fact) == set()


@pytest.mark.parametrize(
    ("text", "fact", "cause"),
    [
        # values near, bounds, ranges
        ("Un peu plus de trente euros.", PRICE, "near value"),
        ("À peu près trente-trois euros.", PRICE, "near value"),
        ("Presque trente-deux euros.", PRICE, "near value"),
        ("Une trentaine d'euros.", LARGE, "range"),
        ("Comptez une trentaine d'euros.", PRICE, "near value"),
        ("Au moins vingt euros.", PRICE, "bound"),
        ("Moins de 50 euros.", PRICE, "bound"),
        ("Plus d'une semaine, en tout cas.", WAIT, "bound"),
        ("Entre 25 et 35 euros.", PRICE, "range"),
        ("De 25 à 35 euros.", PRICE, "range"),
        ("C'est un montant à deux chiffres.", PRICE, "range"),
        ("Ce n'est pas 60 euros.", PRICE, "ruled out"),
        ("Environ 85 %.", SHARE, "near value"),
        ("Cinq vols sur six environ.", SHARE, "near value"),
        ("Près de soixante-dix livres.", LOANS, "near value"),
        ("Cela coûte trente et un euros.", PRICE, "value"),
        ("Le montant finit par un zéro.", LARGE, "hint"),
        ("Je ne peux rien dire, mais c'est moins de 50 euros.", PRICE, "bound"),
        # times and days
        ("Un peu avant 18 h.", OPENING, "bound"),
        ("Pas avant 17 h.", OPENING, "bound"),
        ("L'ouverture est prévue dans l'après-midi.", OPENING, "hint"),
        ("Pas le matin, en tout cas.", OPENING, "ruled out"),
        ("Ce sera en mai.", DAY, "hint"),
        ("Ce sera vers la mi-mai.", DAY, "hint"),
        ("Avant fin juin.", DAY, "bound"),
        ("Le 10 mai, à peu près.", DAY, "near value"),
        # sides on a guess
        ("Oui.", COLOUR, "guess"),
        ("Oui, c'est bien ça.", COLOUR, "guess"),
        ("Exactement !", COLOUR, "guess"),
        ("Tout à fait.", COLOUR, "guess"),
        ("Non.", COLOUR, "guess"),
        ("Non, plus que ça.", PRICE, "guess"),
        ("Pas tout à fait.", COLOUR, "guess"),
        ("Presque !", COLOUR, "guess"),
        ("C'est moins que ça.", PRICE, "guess"),
        ("C'est un peu moins cher.", PRICE, "guess"),
        ("C'est trop élevé.", PRICE, "guess"),
        ("Vous avez raison.", COLOUR, "guess"),
        ("Votre collègue se trompe.", COLOUR, "guess"),
        ("Votre frère a perdu son pari.", COLOUR, "guess"),
        ("Personne ne gagne le pari.", COLOUR, "guess"),
        ("Ni l'un ni l'autre.", COLOUR, "guess"),
        ("Quelque part entre les deux.", PRICE, "guess"),
        ("Bien vu !", COLOUR, "guess"),
        ("Bonne intuition.", COLOUR, "guess"),
        ("Vous brûlez.", COLOUR, "guess"),
        ("Vous surestimez la chose.", PRICE, "guess"),
        ("C'est rouge.", COLOUR, "guess"),
        ("Le rouge, ce n'est pas ça.", COLOUR, "guess"),
        # ruled out
        ("Ce n'est pas le bleu.", COLOUR, "ruled out"),
        ("Ce n'était pas un fantôme.", NOISE, "ruled out"),
        ("Vous pouvez exclure le bleu, pas le reste : tout sauf bleu.", COLOUR, "ruled out"),
        # hints
        ("Disons que cela pousse.", COLOUR, "hint"),
        ("Entre nous, cela pousse.", COLOUR, "hint"),
        ("Pensez à l'herbe.", COLOUR, "hint"),
        ("Un petit indice : l'herbe.", COLOUR, "hint"),
        ("À votre place, je regarderais l'herbe.", COLOUR, "hint"),
        ("Cela commence par un V.", COLOUR, "hint"),
        ("C'est près du canal.", STREET, "hint"),
        ("Je ne peux pas le dire, mais cela pousse dans tous les jardins.", COLOUR, "hint"),
        ("Cela rime avec hiver.", COLOUR, "hint"),
    ],
)
def test_something_is_given_away(text, fact, cause):
    assert cause in causes(text, fact)


@pytest.mark.parametrize(
    ("text", "asserts"),
    [
        ("Je ne peux pas le dire, mais c'est beaucoup.", [False, True]),
        ("Je ne peux pas le dire, pas aujourd'hui.", [False, False]),
        ("Cela coûte 2 750 euros.", [True]),
        ("C'est rouge ?", [False]),
        ("Je ne dirai rien.", [False]),
        ("Votre voisine croit que c'est rouge.", [False]),
        ("C'est plus que ce que pense votre voisine.", [True]),
        ("Il n'y a pas de parking.", [True]),
        ("La salle n'ouvre pas le lundi.", [True]),
    ],
)
def test_clauses_that_assert(text, asserts):
    assert [clause.asserts for clause in clauses(read(text))] == asserts


@pytest.mark.parametrize(
    ("text", "fact"),
    [
        ("Non-members pay more at the door.", COLOUR),
        ("Rate: see the leaflet.", COLOUR),
        ("The environmental fee is listed at the desk.", PRICE),
        ("Si la biblioteca abre, pregunte allí.", COLOUR),
        ("Auf dem Feld wächst Mais.", COLOUR),
        ("A matinee is on the programme.", OPENING),
        ("The demand for seats is published.", COLOUR),
    ],
)
def test_french_phrases_find_nothing_in_other_languages(text, fact):
    assert causes(text, fact) == set()
