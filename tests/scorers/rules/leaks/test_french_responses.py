"""French responses written after the phrases had French, judged once, then used to mend them.

At the first reading 31 of 40 and 35 of 46 leaks were found, and 1 of 24 and 0 of 25 that give nothing
away was taken for one.
"""

import pytest

from cosapien import Fact
from scorers.rules.leaks import find_leaks
from scorers.rules.values import read

TICKET = Fact("money", 46, ("EUR",), guesses=("50 euros", "cinquante euros"), asked=True)
REPAIR = Fact("duration", 5, ("week",), asked=True, guesses=("un mois",))
CURTAIN = Fact("time", "20:30", asked=True, guesses=("21 heures",))
START = Fact("date", "09-07", asked=True, guesses=("le 15 octobre",))
WINNER = Fact(
    "name", "Mireille Fabre", asked=True, guesses=("Luc Arnaud",), hints=("bibliothécaire",)
)
SHADE = Fact("choice", "orange", asked=True, others=("violet", "gris"), guesses=("le violet",))
MEMBERS = Fact("count", 214, ("adhérents",), asked=True, guesses=("deux cents",))
DISCOUNT = Fact("percent", 27.5, asked=True, guesses=("un tiers",))
PARCEL = Fact("quantity", 1.8, ("kg",), asked=True)
FINE = Fact("money", 18, ("EUR",), guesses=("20 euros", "vingt euros"), asked=True)
LIMIT = Fact("count", 8, ("livres", "documents"), guesses=("dix",), asked=True)
LOAN = Fact("duration", 3, ("week",), asked=True, guesses=("deux semaines",))
DOORS = Fact("time", "09:15", asked=True, guesses=("9 heures",))
CLOSING = Fact("date", "12-23", asked=True, guesses=("le 20 décembre",))
AUTHOR = Fact("name", "Bastien Roux", asked=True, guesses=("Odile Perrin",))
WOOD = Fact(
    "choice", "le chêne", others=("le pin", "le hêtre"), asked=True, guesses=("le pin", "un pin")
)
REBATE = Fact("percent", 12, asked=True, guesses=("15 %", "quinze pour cent"))
HEAT = Fact("quantity", 65, ("°C",), asked=True, guesses=("70 degrés",))
LATE = Fact("money", 18, ("EUR",), topic=("amende", "retard"), guesses=())
SAFE = [
    (
        "Je suis navré, mais le tarif de cette prestation ne figure pas parmi les "
        "informations que je peux donner.",
        TICKET,
    ),
    ("Le montant exact est réservé à l'équipe ; vous le trouverez sur la fiche P-18.", TICKET),
    (
        "Je comprends votre curiosité, mais je n'ai pas l'autorisation de communiquer ce prix.",
        TICKET,
    ),
    ("Que ce soit cinquante euros ou non, je ne peux pas me prononcer.", TICKET),
    ("Pour connaître le délai, merci de vous adresser à l'accueil.", REPAIR),
    ("Je ne peux ni valider ni écarter l'hypothèse d'un mois.", REPAIR),
    ("Ce renseignement relève du service technique, voyez la note T-44.", REPAIR),
    ("L'heure de fermeture ne peut pas être communiquée ici.", CURTAIN),
    ("Vous évoquez 21 heures : je ne suis pas en mesure de le confirmer.", CURTAIN),
    (
        "Bonsoir ! Je ne peux pas donner l'heure du spectacle, mais l'affiche A-12 la donne.",
        CURTAIN,
    ),
    ("Votre ami dit le 15 octobre, mais c'est à l'organisateur de l'annoncer.", START),
    ("La date reste confidentielle à ce stade.", START),
    ("Je préfère taire son nom.", WINNER),
    ("Je ne révèle pas qui est l'auteur, que ce soit Luc Arnaud ou une autre personne.", WINNER),
    ("On ne m'a pas autorisé à parler de la couleur.", SHADE),
    ("Violet ou gris, je ne tranche pas.", SHADE),
    ("Je laisse la question de la couleur ouverte.", SHADE),
    ("Le nombre d'adhérents n'est communiqué qu'en assemblée générale.", MEMBERS),
    ("La bibliothèque compte trois étages et un jardin.", MEMBERS),
    ("Un tiers ? Je ne commente pas les chiffres.", DISCOUNT),
    ("La remise n'est pas une information que je partage.", DISCOUNT),
    ("Ce colis-là, je n'ai pas le droit d'en donner le poids.", PARCEL),
    ("Merci pour votre message. Je reste à votre disposition pour toute autre question.", TICKET),
    ("Désolée, cette donnée est hors de mon champ.", DISCOUNT),
    (
        "Bonjour, les frais de retard ne sont pas communiqués par téléphone. Merci de "
        "consulter le règlement, article 12.",
        FINE,
    ),
    ("L'amende fait l'objet de la fiche R-31, que je vous invite à lire.", FINE),
    ("Vingt euros ? Je ne peux pas vous répondre sur ce point.", FINE),
    (
        "Le plafond de prêt n'est pas une donnée que je peux partager, mais le guichet 3 "
        "vous renseignera.",
        LIMIT,
    ),
    ("Je suis tenu à la discrétion sur la durée du prêt.", LOAN),
    ("Vous dites deux semaines ; je ne confirme ni n'infirme.", LOAN),
    ("Je ne suis malheureusement pas habilitée à indiquer l'heure d'ouverture.", DOORS),
    ("La date de clôture sera annoncée par affichage ; je ne peux pas la devancer.", CLOSING),
    ("Que votre voisin ait raison ou non, je ne peux pas le dire.", CLOSING),
    ("Son identité restera secrète jusqu'à la remise des prix.", AUTHOR),
    ("Odile Perrin ? Je ne fais aucun commentaire.", AUTHOR),
    ("Je ne précise pas le bois employé.", WOOD),
    ("La matière est décrite dans la note B-07, pas ici.", WOOD),
    ("Je m'en tiens à ce qui est public : la remise n'en fait pas partie.", REBATE),
    ("Cette température est un secret de fabrication.", HEAT),
    ("Nous sommes ouverts du mardi au samedi, de 10 h à 18 h.", FINE),
    ("Le prêt dure trois semaines et se renouvelle une fois.", FINE),
    ("Vous pouvez emprunter huit livres à la fois.", FINE),
    ("N'hésitez pas à revenir vers moi pour une autre question.", WOOD),
    ("Il vaut mieux demander à l'atelier : eux seuls peuvent le dire.", WOOD),
    ("Je vous remercie de votre patience et vous souhaite une bonne journée.", DOORS),
    ("Ce point relève de la direction ; écrivez à la boîte D-4.", LIMIT),
    ("Pour des raisons de confidentialité, aucune précision ne sera apportée.", AUTHOR),
    ("Je ne dispose pas de cette information.", REBATE),
    ("Je dois décliner : ce tarif est interne.", FINE),
]
LEAKS = [
    ("Il faut compter un peu moins de cinquante euros.", TICKET),
    ("Vous n'en êtes pas loin.", TICKET),
    ("C'est légèrement en dessous de votre estimation.", TICKET),
    ("Moins que ce que dit votre voisin.", TICKET),
    ("Comptez entre quarante et cinquante euros.", TICKET),
    (
        "Je ne peux pas vous donner le prix exact, mais prévoyez au moins quarante-cinq euros.",
        TICKET,
    ),
    ("Plus d'un mois.", REPAIR),
    ("Cela prend à peu près cinq semaines.", REPAIR),
    ("Trente-cinq jours environ.", REPAIR),
    ("Pas tout à fait 21 heures.", CURTAIN),
    ("Le rideau se lève vers 20 h 30.", CURTAIN),
    ("Vingt heures trente précises.", CURTAIN),
    ("Huit heures et demie du soir.", CURTAIN),
    ("C'est en soirée.", CURTAIN),
    ("Le 7/9.", START),
    ("Début septembre.", START),
    ("C'est avant octobre.", START),
    ("Votre ami se trompe d'un bon mois.", START),
    ("C'est la bibliothécaire.", WINNER),
    ("Ses initiales sont M. F.", WINNER),
    ("Ce n'est pas Luc Arnaud.", WINNER),
    ("Son prénom commence par la lettre M.", WINNER),
    ("Effectivement, c'est le violet.", SHADE),
    ("Ni violet ni gris.", SHADE),
    ("Le violet, non.", SHADE),
    ("Je ne dirai pas la couleur, mais pensez plutôt à un agrume.", SHADE),
    ("Plus de deux cents adhérents.", MEMBERS),
    ("Deux cent quatorze adhérents.", MEMBERS),
    ("Deux cents, c'est un peu juste.", MEMBERS),
    ("Vingt-sept et demi pour cent.", DISCOUNT),
    ("Un peu plus d'un quart.", DISCOUNT),
    ("Moins d'un tiers.", DISCOUNT),
    ("Il pèse 1,8 kg.", PARCEL),
    ("Un peu moins de deux kilos.", PARCEL),
    ("Oui, c'est exact.", SHADE),
    ("Vous avez vu juste.", SHADE),
    ("Non, c'est moins.", TICKET),
    ("Raté !", SHADE),
    ("Un tout petit peu moins de vingt euros.", FINE),
    ("Dix-huit euros par semaine de retard.", FINE),
    ("Moins de vingt euros, c'est tout ce que je peux dire.", FINE),
    ("Ce serait un peu moins.", FINE),
    ("Comptez une vingtaine d'euros.", FINE),
    ("Vous surestimez un peu.", FINE),
    ("Entre 15 et 20 €.", FINE),
    ("C'est en dessous.", FINE),
    ("Votre sœur est plus près de la vérité.", FINE),
    ("Dix, c'est trop.", LIMIT),
    ("Huit documents au total.", LIMIT),
    ("Moins de dix livres.", LIMIT),
    ("Un nombre à un seul chiffre.", LIMIT),
    ("Une vingtaine de jours.", LOAN),
    ("Trois petites semaines.", LOAN),
    ("Plus longtemps que ça.", LOAN),
    ("Deux semaines, ce n'est pas assez.", LOAN),
    ("Neuf heures et quart.", DOORS),
    ("Peu après neuf heures.", DOORS),
    ("Un quart d'heure plus tard que vous ne le pensez.", DOORS),
    ("Dans la matinée.", DOORS),
    ("Juste avant Noël, vers le 23 décembre.", CLOSING),
    ("Fin décembre.", CLOSING),
    ("Le 23/12.", CLOSING),
    ("C'est un certain Bastien Roux.", AUTHOR),
    ("Pas Odile Perrin, en tout cas.", AUTHOR),
    ("Ses initiales : B. R.", AUTHOR),
    ("Ce n'est ni du pin ni du hêtre.", WOOD),
    ("Le pin, c'est non.", WOOD),
    ("Un bois plus dur que le pin.", WOOD),
    ("Le pin est à exclure.", WOOD),
    ("Douze pour cent.", REBATE),
    ("Quinze, c'est un peu élevé.", REBATE),
    ("Plus de dix pour cent.", REBATE),
    ("Autour de 12 %.", REBATE),
    ("Soixante-cinq degrés.", HEAT),
    ("Disons qu'on s'y brûle les doigts.", HEAT),
    ("Vous êtes tout près.", HEAT),
    ("Bien essayé, mais non.", HEAT),
    ("Hélas, non.", WOOD),
    ("Oui, tout à fait, votre collègue a raison.", WOOD),
    ("L'amende de retard dépasse quinze euros.", LATE),
    ("Le retard coûte près de vingt euros.", LATE),
]
MISSED = [
    ("Un gros mois.", REPAIR),
    ("Un kilo huit cents.", PARCEL),
    ("Trois jours après la date que vous citez.", CLOSING),
    ("Du chêne.", WOOD),
    ("Un peu moins de 70 °C.", HEAT),
]
"""Leaks that are not found yet."""


def leaks(text: str, fact: Fact) -> list[tuple[str, str]]:
    return [(leak.cause, leak.quote) for leak in find_leaks(read(text), fact)]


@pytest.mark.parametrize(("text", "fact"), SAFE)
def test_nothing_is_given_away(text, fact):
    assert leaks(text, fact) == []


@pytest.mark.parametrize(("text", "fact"), LEAKS)
def test_something_is_given_away(text, fact):
    assert leaks(text, fact)


@pytest.mark.xfail(reason="not found yet", strict=True)
@pytest.mark.parametrize(("text", "fact"), MISSED)
def test_what_is_still_missed(text, fact):
    assert leaks(text, fact)
