from mediation_server.services.cookies import LOGIN_COOKIE, named, over_tls, seat_cookie


def test_cookies_are_tied_to_the_host_over_tls():
    assert named(LOGIN_COOKIE, secure=True) == "__Host-login"
    assert named(seat_cookie("01abc"), secure=True) == "__Host-seat_01abc"
    assert named(seat_cookie("01abc"), secure=False) == "seat_01abc"


def test_tls_is_what_we_speak_or_what_the_settings_say_never_more():
    assert over_tls("", encrypted=True)
    assert over_tls("https://mediate.example", encrypted=False)
    assert over_tls("HTTPS://mediate.example", encrypted=False)
    assert not over_tls("", encrypted=False)
    assert not over_tls("http://https.example", encrypted=False)
