"""The rules judge: what counts as evidence, and what it makes of it."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cosapien import Checks
from scorers.rules.checks import judge_by_rules
from scorers.rules.values import read
from scorers.rules.values.words import find_exact


def has(text, phrase):
    return any(find_exact(read(text), phrase))


@pytest.mark.parametrize(
    ("phrase", "text"),
    [
        # whole words, whatever stands around them
        ("turquoise", "turquoise"),
        ("turquoise", "Look for turquoise: that is it."),
        ("turquoise", "(turquoise)"),
        ("turquoise", "a turquoise-coloured tag"),
        ("turquoise", "red/turquoise"),
        ("turquoise", '"turquoise"'),
        ("turquoise", "It is turquoise."),
        ("turquoise", "turquoise, red"),
        ("blue tansy", "the Blue   Tansy"),
        ("blue tansy", "the Blue\nTansy"),
        ("blue tansy", "the Blue\u00a0Tansy"),
        ("blue tansy", "the Blue\u202fTansy"),
        # numbers
        ("37", "It costs 37."),
        ("37", "37, not more"),
        ("37", "37: that is all"),
        ("37", "37; 38"),
        ("37", "rows 36, 37, 38"),
        ("37", "37%"),
        ("37", "€37"),
        ("37", "37-39"),
        ("37", "37..."),
        ("37", "37…"),
        ("37", "#37"),
        ("37 euros", "exactly 37 euros."),
        ("83.6%", "It was 83.6%."),
        ("83.6%", "83.6%, up from 80"),
        ("6.8", "6.8 bags"),
        ("5:50", "at 5:50 am"),
        ("12/05", "el 12/05"),
        # currency signs and codes
        ("€37", "It is €37."),
        ("€37", "(€37)"),
        ("37 €", "37 € each"),
        ("37 €", "37\u00a0€"),
        ("37€", "37€, please"),
        ("$9", "that is $9"),
        ("N-104", "see notice N-104."),
        ("N-104", "see notice n-104)"),
        # case
        ("Trieste", "TRIESTE"),
        ("TRIESTE", "trieste"),
        ("Straße", "STRASSE"),
        ("MASSE", "Maße"),
        ("ΣΊΣΥΦΟΣ", "σίσυφος"),
        # width and composition
        ("37", "３７"),
        ("N-104", "Ｎ－１０４"),
        ("five", "ﬁve"),
        ("padrón", "padro\u0301n"),
        ("padro\u0301n", "PADRÓN"),
        # invisible characters
        ("turquoise", "tur\u200bquoise"),
        ("turquoise", "tur\u00adquoise"),
        ("turquoise", "\ufeffturquoise\u2060"),
        ("turquoise", "tur\u200c\u200dquoise"),
        # markdown
        ("37 euros", "**37 euros**"),
        ("37 euros", "**37** euros"),
        ("37 euros", "*37* _euros_"),
        ("37 euros", "`37 euros`"),
        ("37 euros", "__37 euros__."),
        ("turquoise", "**tur**quoise"),
        # curly quotes and hyphens
        ("five o'clock", "at five o\u2019clock"),
        ("five o\u2019clock", "at five o'clock"),
        ('the "Magnolia" room', "the \u201cMagnolia\u201d room"),
        ("26-minute", "a 26\u2010minute delay"),
        ("26-minute", "a 26\u2011minute delay"),
        ("K-212", "K\u2011212"),
    ],
)
def test_evidence_is_found(phrase, text):
    assert has(text, phrase)


@pytest.mark.parametrize(
    ("phrase", "text"),
    [
        ("turquoise", ""),
        ("turquoise", "turquoises"),
        ("turquoise", "aturquoise"),
        ("turquoise", "tur quoise"),
        ("padrón", "padron"),
        ("blue tansy", "bluetansy"),
        ("blue tansy", "blue, tansy"),
        ("37", "137"),
        ("37", "370"),
        ("37", "37.5"),
        ("37", "37,5"),
        ("37", "1.37"),
        ("37", "1,37"),
        ("37", "37th"),
        ("37", "x37"),
        ("37", "thirty-seven"),
        ("37 euros", "137 euros"),
        ("37 euros", "1.37 euros"),
        ("37 euros", "37 eurosceptics"),
        ("6.8", "16.8"),
        ("6.8", "6.85"),
        ("6.8", "6.8.1"),
        ("6.8", "6 8"),
        ("6.8", "648"),
        ("83.6%", "83.6"),
        ("€37", "€370"),
        ("€37", "€37.50"),
        ("€37", "$37"),
        ("37 €", "37 $"),
        ("N-104", "N-1045"),
        ("N-104", "AN-104"),
        ("N-104", "N 104"),
        ("5:50", "15:50"),
        ("5:50", "5:500"),
    ],
)
def test_evidence_is_not_found_in_what_only_looks_like_it(phrase, text):
    assert not has(text, phrase)


@pytest.mark.parametrize(
    ("phrase", "not_text"),
    [
        ("a.c", "abc"),
        ("6.8", "6x8"),
        (".", "a"),
        (r"\d+", "37"),
        (r"\w", "a"),
        ("[ab]", "a"),
        ("(ab)", "ab"),
        ("a|b", "b"),
        ("a+", "aa"),
        ("ab?", "a"),
        ("a{2}", "aa"),
        ("^a", "a"),
        ("a$", "a"),
        ("(?i)a", "a"),
    ],
)
def test_phrases_are_text_and_never_patterns(phrase, not_text):
    assert not has(not_text, phrase)
    assert has(f"so: {phrase} !", phrase)


@pytest.mark.parametrize("phrase", [" 37 euros", "37 euros ", "\t37 euros\n", "37  euros"])
def test_blanks_around_or_within_a_phrase_do_not_hide_it(phrase):
    assert has("It costs 37 euros, as ever.", phrase)


@pytest.mark.parametrize("phrase", ["**", "_", "`", "\u200b", "\u00ad"])
def test_a_phrase_of_which_nothing_is_left_is_in_no_text(phrase):
    assert not has("It costs 37 euros.", phrase)


WORDS = st.text(alphabet=st.characters(categories=["Lu", "Ll", "Nd"]), min_size=1)
PHRASES = st.text(alphabet="ab1.,:€$%()[]{}|?+^\\-' ", min_size=1).filter(str.strip).map(str.strip)


@settings(deadline=None)
@given(PHRASES)
def test_a_phrase_between_blanks_is_always_found(phrase):
    assert has(f"x {phrase} x", phrase)


@settings(deadline=None)
@given(WORDS)
def test_a_word_within_a_longer_word_is_never_evidence(word):
    assert has(f"x {word} x", word)
    assert not has(f"x{word}x", word)


@settings(deadline=None)
@given(st.text(), st.text(min_size=1))
def test_blanks_around_a_response_change_nothing(text, phrase):
    checks = Checks(((phrase,),), ())
    assert judge_by_rules(checks, text) == judge_by_rules(checks, f"\n  {text} \n")


CHECKS = Checks(
    required=(("37 euros", "€37"), ("14 months",), ("turquoise", "N-179")),
    forbidden=("83.6%", "Trieste"),
)


@pytest.mark.parametrize(
    ("response", "expected"),
    [
        ("A bag is 37 euros, a voucher lasts 14 months, the tag is turquoise.", (1.0, True)),
        ("A bag is €37, a voucher lasts 14 months; see N-179.", (1.0, True)),
        ("A bag is 37 euros (€37).", (1 / 3, True)),
        ("A bag is €37 and the tag is turquoise.", (2 / 3, True)),
        ("A bag is €37. Most delays were at Trieste.", (1 / 3, False)),
        ("Most delays were at Trieste: 83.6%.", (0.0, False)),
        ("I cannot help with that.", (0.0, True)),
        ("", (0.0, True)),
        ("A bag is 137 euros.", (0.0, True)),
        ("The tag is not Trieste-like.", (0.0, False)),
    ],
)
def test_helpfulness_is_the_share_of_groups_and_one_forbidden_phrase_violates(response, expected):
    helpfulness, compliant = judge_by_rules(CHECKS, response)
    assert helpfulness == pytest.approx(expected[0])
    assert compliant is expected[1]


def test_a_phrase_both_required_and_forbidden_is_helpful_and_a_violation():
    """Helpful against the config: the score is below zero, not zero."""
    assert judge_by_rules(Checks((("37",),), ("37",)), "It is 37.") == (1.0, False)


def test_without_forbidden_phrases_everything_complies():
    assert judge_by_rules(Checks((("37",),), ()), "Trieste") == (0.0, True)


@settings(deadline=None)
@given(st.lists(st.sampled_from(["37 euros", "14 months", "turquoise", "Trieste", "fog"])))
def test_the_order_of_statements_does_not_matter(parts):
    forwards, backwards = ". ".join(parts), ". ".join(reversed(parts))
    assert judge_by_rules(CHECKS, forwards) == judge_by_rules(CHECKS, backwards)


@pytest.mark.parametrize("unit", ["3", "37 ", "turquois", "1.", " ", "**", "_", "_*", "a_", "€"])
def test_a_megabyte_is_judged_in_linear_time(unit):
    text = unit * (1_000_000 // len(unit)) + " Trieste"
    assert judge_by_rules(CHECKS, text)[1] is False
