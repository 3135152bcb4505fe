from mediation_server.media.embedded.limits import MS
from mediation_server.media.embedded.speaking import SpeakingDetector

LOUD, QUIET = bytes((0x80 | 30,)), bytes((127,))


def test_speech_begins_after_three_loud_packets_and_ends_600_ms_after_the_last():
    detector = SpeakingDetector()
    assert [detector.level(LOUD, now * 20 * MS) for now in range(5)] == [False, False, True, False, False]
    assert not detector.ceased(80 * MS + 599 * MS)
    assert detector.ceased(80 * MS + 600 * MS)
    assert not detector.ceased(10_000 * MS)


def test_pauses_between_words_do_not_end_speech():
    detector = SpeakingDetector()
    for now in range(0, 3_000, 20):
        detector.level(LOUD if now % 500 < 200 else QUIET, now * MS)
        assert not detector.ceased(now * MS)
    assert detector.speaking


def test_muting_ends_speech_at_once():
    detector = SpeakingDetector()
    for _ in range(3):
        detector.level(LOUD, 0)
    assert detector.ceased(0, at_once=True)
    assert not detector.speaking
