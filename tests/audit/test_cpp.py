"""Pins in C++: options of libcurl, and maps of hosts in Qt and OpenSSL."""

from __future__ import annotations

from typing import Final

import pytest

from pinsmith import audit
from pinsmith.audit._code import Code
from pinsmith.audit._value import texts
from pinsmith.audit.languages.cpp import CPP
from pinsmith.errors import UnknownFormatError
from tests.audit.read import hosts, notes
from tests.formats.policy import pin

A, B, C = pin("a").base64, pin("b").base64, pin("c").base64
CURL: Final = f"""
#include <curl/curl.h>
#define LEAF "sha256//{A}"
#define LIST LEAF ";" "sha256//{B}"
static const char *const kHost = "api.example.com";
namespace {{ constexpr std::string_view kStandby{{"sha256//{C}"}}; }}

CURLcode Client::fetch(const std::string& path)
{{
    CURL* curl = curl_easy_init();
    const std::string url = std::string("https://") + kHost + "/v1/" + path;
    curl_easy_setopt(curl, CURLOPT_URL, url.c_str());
    curl_easy_setopt(curl, CURLOPT_PINNEDPUBLICKEY, LIST);
    return curl_easy_perform(curl);
}}

CURLcode other()
{{
    CURL *curl = curl_easy_init();
    curl_easy_setopt(curl, CURLOPT_URL, "https://other.example.com:8443/");
    curl_easy_setopt(curl, CURLOPT_PINNEDPUBLICKEY, "sha256//{A};"
                                                    "sha256//{B}");
    curl_easy_reset(curl);
    curl_easy_setopt(curl, CURLOPT_URL, "https://open.example.com/");
    curl_easy_perform(curl);
}}
"""
QT: Final = f"""
#include <QSslSocket>
static const QHash<QString, QStringList> kPins {{
    {{ QStringLiteral("a.example.com"), {{ "{A}", "sha256/" + QString("{B}") }} }},
    {{ kOther, {{ u"{C}"_s }} }},
}};
constexpr char kOther[] = "b.example.com";
void Pins::load()
{{
    m_pins["c.example.com"] = {{ "{A}" }};
    m_pins.insert("d.example.com", QStringList {{ "{A}", "{B}" }});
    m_pins.emplace(std::make_pair("e.example.com", std::set<std::string>{{"{C}"}}));
}}
bool Pins::check(QNetworkReply *reply)
{{
    return kPins[reply->url().host()].contains(hash(reply->sslConfiguration().peerCertificate().publicKey().toDer()));
}}
"""
FOLDED: Final = """
#define HOST "a"
#define LAST "z"
#define BOTH HOST "-" \\
    "\\x62" // a comment
#define PART HOST /* a comment */ "b"
#define CALL(x) x
constexpr char kArray[] = "c";
static const char* const kPointers[] = { "d", HOST };
const std::vector<std::string> kList = {"e", std::string("f")}, kBraces{"g"}, kRound("h");
namespace n { inline const QString kInner = QString("i") + u"j"_s + QLatin1String("k"); }
class C { static constexpr auto kMember = "m"; static const std::string kOut; std::string field = "x"; void set(); };
const std::string C::kOut = "o";
void C::set() { field = "y"; show(kMember, this->field); }
void f(const std::string& given, char* pointer) {
    for (const auto& each : kList) show(each);
    for (const auto& [first, second] : kMap) show(first);
    QStringList grown{"a"}; grown << "b"; std::vector<std::string> pushed = {"a"}; pushed.push_back("b");
    const char* broken = "a" HOST; show(broken);
    std::string later; auto local = R"(r\\n)"; const char* kArray2 = "1"; kArray2 = "2";
    auto l = [&](const std::string& inner) { show(inner); };
    show(HOST, BOTH, kArray, kPointers, kList, kBraces, kRound, n::kInner, C::kMember, C::kOut, local, later);
    show(given, pointer, grown, pushed, kArray2, CALL("x"), Other::kOut, ("a" + std::string("b")).c_str());
    show(HOST "a"); show("z" LAST); show(PART);
    show(std::vector<std::string>{"v"}, QStringLiteral("q"), nothing, flag ? "a" : "b", kList[0], kArray - HOST);
    { const char* kArray = "inner"; show((kArray)); }
}
"""
VALUES: Final = {
    "each": ["e", "f"],
    "HOST": ["a"],
    "BOTH": ["a-b"],
    "PART": ["ab"],
    "kArray": ["c"],
    "kPointers": ["d", "a"],
    "kList": ["e", "f"],
    "kBraces": ["g"],
    "kRound": ["h"],
    "n::kInner": ["ijk"],
    "C::kMember": ["m"],
    "C::kOut": ["o"],
    "local": ["r\\n"],
    '("a" + std::string("b")).c_str()': ["ab"],
    'HOST "a"': ["aa"],
    'std::vector<std::string>{"v"}': ["v"],
    'QStringLiteral("q")': ["q"],
    "(kArray)": ["inner"],
}


def test_cpp_is_folded() -> None:
    """Macros, constants, adjacent texts and lists have their texts; what the file does not give has none."""
    code = Code(FOLDED, "file", CPP)
    found = {
        argument.text(): texts(code.values(argument))
        for match in code.find("show($$$ARGUMENTS)")
        for argument in code.arguments(match, "ARGUMENTS")
    }
    assert len(found) == 37
    assert {name: values for name, values in found.items() if values != [None]} == VALUES


def test_options_of_libcurl_are_read() -> None:
    """Macros, adjacent texts and a URL with an unknown path give hosts and pins, and a handle that is reset is new."""
    assert hosts(CURL, "client.cpp") == {"api.example.com": (2, False), "other.example.com": (2, False)}
    assert notes(CURL, "client.cpp") == []
    target, _ = audit.read(CURL.encode(), "client.cpp")
    assert target.id == "curl"


def test_maps_of_hosts_are_read() -> None:
    """Maps of Qt and of the standard library give hosts and pins, and so do entries that code adds."""
    assert hosts(QT, "pins.cpp") == {
        "a.example.com": (2, False),
        "b.example.com": (1, False),
        "c.example.com": (1, False),
        "d.example.com": (2, False),
        "e.example.com": (1, False),
    }
    assert notes(QT, "pins.cpp") == []
    target, _ = audit.read(QT.encode(), "pins.cpp")
    assert target.id == "qt-cpp"


@pytest.mark.parametrize(
    ("text", "rules"),
    [
        (f'void f(CURL* c) {{ curl_easy_setopt(c, CURLOPT_PINNEDPUBLICKEY, "sha256//{A}"); }}', ["value-elsewhere"]),
        ("void f(CURL* c, char* p) { curl_easy_setopt(c, CURLOPT_PINNEDPUBLICKEY, p); }", ["value-elsewhere"]),
        (
            'void f(CURL* c) { curl_easy_setopt(c, CURLOPT_PINNEDPUBLICKEY, "key.der"); }',
            ["pins-elsewhere", "value-elsewhere"],
        ),
        (QT.replace("publicKey().toDer()", "digest(QCryptographicHash::Sha256)"), ["pins-not-kept"]),
        (f'void C::f() {{ set(CURLOPT_PINNEDPUBLICKEY, "sha256//{A}"); }}', ["value-elsewhere"]),
        (f'// peerCertificate().publicKey()\nQByteArray expected = "{A}";', ["value-elsewhere"]),
    ],
)
def test_what_the_file_does_not_give_is_a_note(text: str, rules: list[str]) -> None:
    """A handle or a list from elsewhere, a key file, digests of certificates and a pin without a host are notes."""
    assert hosts(text, "a.cpp") == {}
    assert {rule for rule, _ in notes(text, "a.cpp")} == {*rules}


@pytest.mark.parametrize(
    "text",
    [
        '#include <curl/curl.h>\nvoid f(CURL* c) { curl_easy_setopt(c, CURLOPT_URL, "https://a.example.com"); }',
        "#ifdef CURLOPT_PINNEDPUBLICKEY\nint pin = 1;\n#endif",
        f'std::map<std::string, std::string> etags = {{ {{"a.example.com", "{A}"}} }};',
        f'#include <QSslSocket>\nQString text = "sha256 of {A}";',
        '#include <QSslSocket>\nvoid f() { std::cout << "pin" << value; }',
    ],
)
def test_code_without_pins_is_quiet(text: str) -> None:
    """Code that only names the option, and texts like pins in files without a check, pin nothing."""
    with pytest.raises(UnknownFormatError):
        audit.read(text.encode(), "a.h")
