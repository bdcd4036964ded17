"""Pins in Objective-C, in the ways in which applications write them."""

from __future__ import annotations

from datetime import date
from typing import Final

import pytest

from pinsmith import audit
from pinsmith.audit._code import Code
from pinsmith.audit._value import Known
from pinsmith.audit.languages.objc import OBJC
from pinsmith.errors import UnknownFormatError
from tests.audit.read import hosts, notes
from tests.formats.policy import pin

A, B, C = pin("a").base64, pin("b").base64, pin("c").base64
TRUSTKIT: Final = f"""
#import <TrustKit/TrustKit.h>

static NSString *const kLeaf = @"{A}";
#define BACKUP @"{B}" // not served yet

@implementation AppDelegate

- (BOOL)application:(UIApplication *)application didFinishLaunchingWithOptions:(NSDictionary *)options {{
    NSArray *shared = @[@"{C}", BACKUP];
    NSDictionary *configuration = @{{
        kTSKSwizzleNetworkDelegates : @NO,
        kTSKPinnedDomains : @{{
            @"example.com" : @{{
                kTSKIncludeSubdomains : @YES,
                kTSKExpirationDate : @"2031-05-01",
                kTSKDisableDefaultReportUri : @YES,
                kTSKPublicKeyHashes : @[
                    kLeaf, // the leaf
                    BACKUP,
                ],
            }},
            @"api.example.org" : @{{
                kTSKPublicKeyHashes : shared,
                kTSKEnforcePinning : @(NO),
                kTSKDisableDefaultReportUri : @YES,
            }},
        }},
    }};
    [TrustKit initSharedInstanceWithConfiguration:configuration];
    return YES;
}}

@end
"""
DELEGATE: Final = f"""
- (void)URLSession:(NSURLSession *)session didReceiveChallenge:(NSURLAuthenticationChallenge *)challenge {{
    NSDictionary<NSString *, NSArray<NSString *> *> *pins = @{{
        @"api.example.com" : @[ @"{A}", @"sha256/" @"{B}" ],
        @"example.org" : [NSSet setWithObjects:@"{C}", nil],
        @"names" : @[ @"one" ],
    }};
    if (SecTrustEvaluateWithError(challenge.protectionSpace.serverTrust, NULL)) {{
        NSData *key = SecKeyCopyExternalRepresentation(SecTrustCopyKey(trust), NULL);
        [self check:key against:pins[challenge.protectionSpace.host]];
    }}
}}
"""
VALUES: Final = r"""
#import "Config.h"
#define MACRO @"macro"
#define FUNCTION(x) @"function"
#if DEBUG
#define BUILD @"a"
#else
#define BUILD @"b"
#endif
/* static NSString *const kComment = @"comment"; */
static NSString *const kPin = @"one";
extern NSString *const kExtern;
static NSString *changed = @"a";
@implementation Config
- (void)use:(NSString *)given {
    NSArray *list = @[ kPin, MACRO, ];
    NSMutableArray *grown = [NSMutableArray arrayWithArray:@[ kPin ]];
    [grown addObject:given];
    NSString *chosen = debug ? @"a" : @"b";
    self.field = @"a";
    changed = given;
    void (^block)(NSString *) = ^(NSString *parameter) { [self log:parameter]; };
    for (NSString *item in list) { [self log:item]; }
    HERE;
}
@end
"""


POLICY: Final = "id p = [AFSecurityPolicy policyWithPinningMode:AFSSLPinningMode"


def _domain(host: str, pins: str) -> str:
    settings = f"@{{ kTSKPublicKeyHashes : @[ {pins} ], kTSKDisableDefaultReportUri : @YES }}"
    return f"id c = @{{ kTSKPinnedDomains : @{{ {host} : {settings} }} }};"


def test_a_dictionary_of_trustkit_is_read() -> None:
    """Constants, macros, settings and lists behind a name give hosts, pins and settings."""
    target, reading = audit.read(TRUSTKIT.encode(), "AppDelegate.m")
    assert target.id == "trustkit-ios"
    assert [(found.host, [pinned.pin.base64 for pinned in found.pins]) for found in reading.hosts] == [
        ("example.com", [A, B]),
        ("api.example.org", [C, B]),
    ]
    wide, reported = reading.hosts
    assert (wide.include_subdomains, wide.expires, wide.line) == (True, date(2031, 5, 1), 14)
    assert (reported.report_only, reported.include_subdomains) == (True, False)
    assert reading.notes == ()


def test_a_map_of_hosts_is_read() -> None:
    """Keys that are hosts and lists of pins count, in a file that checks certificates."""
    assert hosts(DELEGATE, "Delegate.mm") == {"api.example.com": (2, False), "example.org": (1, False)}
    assert notes(DELEGATE, "Delegate.m") == []
    hashed = DELEGATE.replace("SecKeyCopyExternalRepresentation", "SecCertificateCopyData")
    assert {rule for rule, _ in notes(hashed, "Delegate.m")} == {"pins-not-kept"}


@pytest.mark.parametrize(
    ("expression", "values"),
    [
        ("kPin", ["one"]),
        ('@"a" @"b"', ["ab"]),
        ('@"a" MACRO', ["amacro"]),
        (r'@"a\"b"', ['a"b']),
        ("@[ kPin, @[ MACRO ] ]", ["one", "macro"]),
        ("list", ["one", "macro"]),
        ("[list copy]", ["one", "macro"]),
        ("[NSArray arrayWithObjects:kPin, MACRO, nil]", ["one", "macro"]),
        ("(NSString *)kPin", ["one"]),
        ("(kPin)", ["one"]),
        ("BUILD", [None]),
        ("FUNCTION(1)", [None]),
        ("kComment", [None]),
        ("kExtern", [None]),
        ("changed", [None]),
        ("given", [None]),
        ("grown", [None]),
        ("chosen", [None]),
        ("self.field", [None]),
        ("parameter", [None]),
        ("item", [None]),
        ("list[0]", [None]),
        ('[NSString stringWithFormat:@"%@", kPin]', [None]),
        ("[Remote pin]", [None]),
        ("kPin.lowercaseString", [None]),
    ],
)
def test_objective_c_is_folded(expression: str, values: list[str | None]) -> None:
    """Constants, macros and lists have texts; parameters, branches and what changes are not known."""
    code = Code(VALUES.replace("HERE", f"HERE = {expression}"), "file", OBJC)
    (found,) = (node for node in code.find_kinds(OBJC.declarations) if node.children()[0].text() == "HERE")
    assert [value.text if isinstance(value, Known) else None for value in code.values(found.children()[-1])] == values


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("NSDictionary *c = @{ kTSKPinnedDomains : [Remote domains] };", ["value-elsewhere"]),
        (_domain("[C host]", f'@"{A}", @"{B}"'), ["value-elsewhere"]),
        (_domain('@"a.example.com"', f'@"{A}"'), ["too-few-pins"]),
        (f"{POLICY}PublicKey];", ["pins-elsewhere"]),
        (f"{POLICY}Certificate withPinnedCertificates:set];", ["pins-elsewhere"]),
        (f"{POLICY}Certificate]; p.validatesDomainName = NO;", ["pins-elsewhere", "chain-unchecked"]),
        (f"{POLICY}Certificate]; [p setAllowInvalidCertificates:YES];", ["pins-elsewhere", "chain-unchecked"]),
    ],
)
def test_what_a_file_does_not_give_is_noted(text: str, found: list[str]) -> None:
    """Dictionaries and hosts from elsewhere, too few pins, and certificates of the bundle are notes."""
    assert [rule for rule, _ in notes(text, "App.m")] == found


@pytest.mark.parametrize(
    "text",
    [
        f'NSDictionary *pins = @{{ @"a.example.com" : @[ @"{A}" ] }};',
        f'// kTSKPinnedDomains : @{{ @"a.example.com" : @[ @"{A}" ] }}',
        f'NSString *text = @"kTSKPinnedDomains {A}";',
        f"{POLICY}None];",
        'SecTrustRef t; NSDictionary *names = @{ @"a.example.com" : @[ @"one" ] };',
        "%% serverTrust is the word, and this is MATLAB: a = {1, 'x'; 2, \"y\"}; b = [1 2; 3 4];",
    ],
    ids=["no check", "a comment", "a text", "no pinning", "other lists", "another language"],
)
def test_other_code_pins_nothing(text: str) -> None:
    """Comments, texts, other dictionaries, and files of MATLAB are not pins."""
    with pytest.raises(UnknownFormatError):
        audit.read(text.encode(), "Other.m")
