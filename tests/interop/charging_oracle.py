#!/usr/bin/python3
# SPDX-License-Identifier: AGPL-3.0-or-later
"""Reads charging files by pyasn1 with types written down from 3GPP TS 32.298, and prints what
charging_tool.c prints, a line a record."""
import datetime
import struct
import sys

from pyasn1.codec.ber import decoder
from pyasn1.type import char, namedtype, tag, univ


def context(number, constructed=False):
    form = tag.tagFormatConstructed if constructed else tag.tagFormatSimple
    return tag.Tag(tag.tagClassContext, form, number)


def fields(kinds):
    """{name: (tag, type)}; a CHOICE keeps its tag within that of the field."""
    members = []
    for name, (number, kind) in kinds.items():
        if isinstance(kind, univ.Choice):
            typed = kind.subtype(explicitTag=context(number, True))
        else:
            constructed = isinstance(kind, (univ.SequenceOf, univ.Sequence))
            typed = kind.subtype(implicitTag=context(number, constructed))
        members.append(namedtype.OptionalNamedType(name, typed))
    return namedtype.NamedTypes(*members)


def record(number, kinds):
    class Record(univ.Set):
        componentType = fields(kinds)
    return Record().subtype(implicitTag=context(number, True))


class TrunkGroup(univ.Choice):
    componentType = fields({"tkgpNumber": (0, univ.Integer()), "tkgpName": (1, char.GraphicString())})


class TrunkGroupID(univ.Choice):
    componentType = fields({"incoming": (0, char.GraphicString()), "outgoing": (1, char.GraphicString())})


class InvolvedParty(univ.Choice):
    componentType = fields({"sIP-URI": (0, char.GraphicString()), "tEL-URI": (1, char.GraphicString())})


class Parties(univ.SequenceOf):
    componentType = InvolvedParty()


class SuppServiceUsed(univ.Sequence):
    componentType = fields({"ssCode": (0, univ.OctetString()), "ssTime": (1, univ.OctetString())})


class Services(univ.SequenceOf):
    componentType = SuppServiceUsed()


N, T, I, K = univ.OctetString(), univ.OctetString(), univ.Integer(), TrunkGroup()
GATEWAY = {"recordType": (0, I), "callingNumber": (1, N), "calledNumber": (2, N), "recordingEntity": (3, N),
           "mscIncomingTKGP": (4, K), "mscOutgoingTKGP": (5, K), "seizureTime": (6, T), "answerTime": (7, T),
           "releaseTime": (8, T), "callDuration": (9, I), "dataVolume": (10, I), "causeForTerm": (11, I)}
CS = {
    0: {"recordType": (0, I), "servedIMSI": (1, N), "servedIMEI": (2, N), "servedMSISDN": (3, N),
        "callingNumber": (4, N), "calledNumber": (5, N), "translatedNumber": (6, N), "connectedNumber": (7, N),
        "roamingNumber": (8, N), "recordingEntity": (9, N), "mscIncomingTKGP": (10, K), "mscOutgoingTKGP": (11, K),
        "supplServicesUsed": (17, Services()), "seizureTime": (22, T), "answerTime": (23, T),
        "releaseTime": (24, T), "callDuration": (25, I), "causeForTerm": (30, I)},
    1: {"recordType": (0, I), "servedIMSI": (1, N), "servedIMEI": (2, N), "servedMSISDN": (3, N),
        "callingNumber": (4, N), "connectedNumber": (5, N), "recordingEntity": (6, N), "mscIncomingTKGP": (7, K),
        "mscOutgoingTKGP": (8, K), "supplServicesUsed": (14, Services()), "seizureTime": (19, T),
        "answerTime": (20, T), "releaseTime": (21, T), "callDuration": (22, I), "causeForTerm": (27, I)},
    2: {"recordType": (0, I), "servedIMSI": (1, N), "servedMSISDN": (2, N), "callingNumber": (3, N),
        "roamingNumber": (4, N), "recordingEntity": (5, N), "mscIncomingTKGP": (6, K), "mscOutgoingTKGP": (7, K),
        "supplServicesUsed": (11, Services()), "seizureTime": (12, T), "answerTime": (13, T),
        "releaseTime": (14, T), "callDuration": (15, I), "causeForTerm": (17, I)},
    3: GATEWAY,
    4: GATEWAY,
    5: {"recordType": (0, I), "recordingEntity": (1, N), "mscIncomingTKGP": (2, K), "mscOutgoingTKGP": (3, K),
        "callingNumber": (4, N), "calledNumber": (5, N), "isdnBasicService": (6, N), "seizureTime": (7, T),
        "answerTime": (8, T), "releaseTime": (9, T), "callDuration": (10, I), "causeForTerm": (12, I)},
}
IMS = {"recordType": (0, I), "sIP-Method": (2, char.GraphicString()), "role-of-Node": (3, univ.Enumerated()),
       "session-Id": (5, char.GraphicString()), "calling": (6, Parties()), "called": (7, InvolvedParty()),
       "seizureTime": (9, T), "answerTime": (10, T), "releaseTime": (11, T), "recordOpeningTime": (12, T),
       "recordClosureTime": (13, T), "causeForRecordClosing": (17, I), "requested": (41, InvolvedParty()),
       "fromAddress": (51, univ.OctetString()), "trunkGroupID": (80, TrunkGroupID())}
KINDS = {0: "originated", 1: "terminated", 2: "roaming", 3: "incoming", 4: "outgoing", 5: "transit",
         63: "terminated", 67: "incoming", 69: "terminated", 82: "incoming", 83: "terminated"}


def swapped(octets):
    nibbles = "".join("%x%x" % (o & 15, o >> 4) for o in octets)
    return nibbles.split("f")[0].translate(str.maketrans("abcde", "*#abc"))


def number(octets):
    """(as written, hidden)"""
    if octets is None:
        return "", False
    hidden = not octets[0] & 0x80 and octets[1] >> 5 & 3 != 0
    text = swapped(octets[1 if octets[0] & 0x80 else 2:])
    return {1: "+", 2: "0"}.get(octets[0] >> 4 & 7, "") + text, hidden


def moment(octets):
    if octets is None:
        return 0
    at = octets.hex()
    sign = 1 if octets[6:7] == b"+" else -1
    zone = datetime.timezone(sign * datetime.timedelta(hours=int(at[14:16]), minutes=int(at[16:18])))
    local = datetime.datetime.strptime("20" + at[:12], "%Y%m%d%H%M%S")
    return int(local.replace(tzinfo=zone).timestamp() * 1000)


def chosen(value):
    return "" if value is None else str(value.getComponent())


def show_cs(number_, get):
    served, _ = number(get("servedMSISDN"))
    calling, hidden = number(get("callingNumber"))
    called, _ = number(get("calledNumber"))
    translated, _ = number(get("translatedNumber"))
    kind, asserted = KINDS[number_], ""
    services = get("supplServicesUsed") or []
    forwarded = any(bytes(s["ssCode"])[0] & 0xf0 == 0x20 for s in services)
    if number_ == 0 and not (forwarded and calling and served):
        calling, asserted = calling or served, served
        called = called or translated
    else:
        if number_ == 0:
            kind = "forwarded"
        if hidden:
            calling, asserted = "withheld", calling
        called = served or called
    return [kind, calling, asserted, called, chosen(get("mscIncomingTKGP")), moment(get("seizureTime")),
            moment(get("answerTime")), moment(get("releaseTime")), get("callDuration"), get("causeForTerm")]


def show_ims(number_, get):
    role = get("role-of-Node")
    kind = KINDS[number_] if role is None else ["originated", "terminated"][int(role)]
    calling = [chosen(c) for c in get("calling") or []]
    calling = ([c for c in calling if c.startswith("tel:") or "sip:+" in c] + calling + [""])[0]
    sent = get("fromAddress")
    trunk = get("trunkGroupID")
    cause = get("causeForRecordClosing")
    return [kind, calling if sent is None else bytes(sent).decode(), calling,
            chosen(get("called")) or chosen(get("requested")),
            chosen(trunk) if trunk is not None and trunk.getName() == "incoming" else "",
            moment(get("seizureTime") or get("recordOpeningTime")), moment(get("answerTime")),
            moment(get("releaseTime") or get("recordClosureTime")), -1, -1 if cause is None else cause]


def show(octets):
    number_ = octets[0] & 31 if octets[0] & 31 != 31 else octets[1]
    kinds = CS.get(number_, IMS)
    decoded, rest = decoder.decode(octets, asn1Spec=record(number_, kinds))
    assert not rest

    def get(name):
        if name not in kinds or not decoded[name].isValue:
            return None
        value = decoded[name]
        return bytes(value) if isinstance(value, univ.OctetString) and not isinstance(value, char.GraphicString) else value

    method = get("sIP-Method")
    if method is not None and str(method) != "INVITE":
        print("other")
        return
    line = show_cs(number_, get) if number_ in CS else show_ims(number_, get)
    print("|".join(str(v) for v in [number_] + line))


for name in sys.argv[1:]:
    data = open(name, "rb").read()
    length, header, high, low = struct.unpack(">IIBB", data[:10])
    count, sequence = struct.unpack(">II", data[18:26])
    assert length == len(data), (length, len(data))
    releases = {7: 10 + data[header - 2], 0: 99}
    print("file|%d|%d|%d|%d" % (sequence, count, releases.get(high >> 5, (high >> 5) + 3), data[47]))
    at = header
    while at < len(data):
        size, identifier, form = struct.unpack(">HBB", data[at:at + 4])
        assert form >> 5 == 1
        at += 5 if identifier >> 5 == 7 else 4
        show(data[at:at + size])
        at += size
