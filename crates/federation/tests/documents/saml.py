"""Writes SAML responses as identity providers and attackers would, signed and encrypted by libxmlsec1 and by signxml.

Usage: saml.py < TASK.json > DOCUMENTS.json

The task says who the service is and what time it is; the answer holds the provider's certificates and each document with
what must become of it. What the documents are for is told by the test that reads them.
"""

import base64
import copy
import datetime
import json
import sys

import signxml
import xmlsec
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID
from lxml import etree

P = "urn:oasis:names:tc:SAML:2.0:protocol"
A = "urn:oasis:names:tc:SAML:2.0:assertion"
DS = "http://www.w3.org/2000/09/xmldsig#"
XENC = "http://www.w3.org/2001/04/xmlenc#"
NS = {"p": P, "a": A, "ds": DS, "xenc": XENC}
BEARER = "urn:oasis:names:tc:SAML:2.0:cm:bearer"
SUCCESS = "urn:oasis:names:tc:SAML:2.0:status:Success"
EMAIL = "urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress"
GENUINE = "anna@example.com"
EVIL = "admin@example.com"

TASK = json.load(sys.stdin)
NOW = datetime.datetime.fromisoformat(TASK["now"].replace("Z", "+00:00"))


class Signer:
    """A key pair with its self-signed certificate."""

    def __init__(self, name, elliptic=False):
        self.private = (
            ec.generate_private_key(ec.SECP256R1())
            if elliptic
            else rsa.generate_private_key(public_exponent=65537, key_size=2048)
        )
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        certificate = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(subject)
            .public_key(self.private.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(NOW - datetime.timedelta(days=1))
            .not_valid_after(NOW + datetime.timedelta(days=20))
            .sign(self.private, hashes.SHA256())
        )
        self.pem = certificate.public_bytes(serialization.Encoding.PEM).decode()
        self.key_pem = self.private.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        ).decode()


IDP = Signer("idp")
NEXT = Signer("next")
CURVE = Signer("curve", elliptic=True)
ATTACKER = Signer("attacker")
DOCUMENTS = []


def moment(seconds):
    return (NOW + datetime.timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%SZ")


def assertion(name=GENUINE, number="a1", **other):
    said = {
        "issuer": TASK["provider"], "audience": TASK["entity_id"], "recipient": TASK["acs_url"],
        "request": TASK["request_id"], "before": -60, "after": 300, "confirmed": 300, "session": 3600,
        "name_xml": None, "conditions": "", "version": "2.0", "method": BEARER, "attributes": None, "statement": True,
        "format": EMAIL, "declare": "",
    } | other
    request = f' InResponseTo="{said["request"]}"' if said["request"] else ""
    name_xml = said["name_xml"] or f'<saml:NameID Format="{said["format"]}">{name}</saml:NameID>'
    audience = (
        f'<saml:AudienceRestriction><saml:Audience>{said["audience"]}</saml:Audience></saml:AudienceRestriction>'
        if said["audience"] else ""
    )
    attributes = said["attributes"] if said["attributes"] is not None else (
        '<saml:Attribute Name="urn:oid:0.9.2342.19200300.100.1.3" FriendlyName="mail">'
        f"<saml:AttributeValue>{name}</saml:AttributeValue></saml:Attribute>"
        '<saml:Attribute Name="groups"><saml:AttributeValue>Sales</saml:AttributeValue>'
        "<saml:AttributeValue>Über &amp; uns</saml:AttributeValue></saml:Attribute>"
    )
    statement = (
        f'<saml:AuthnStatement AuthnInstant="{moment(-5)}" SessionIndex="_session7" SessionNotOnOrAfter="{moment(said["session"])}">'
        "<saml:AuthnContext><saml:AuthnContextClassRef>urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport"
        "</saml:AuthnContextClassRef></saml:AuthnContext></saml:AuthnStatement>"
        if said["statement"] else ""
    )
    confirmed = f' NotOnOrAfter="{moment(said["confirmed"])}"' if said["confirmed"] is not None else ""
    return (
        f'<saml:Assertion xmlns:saml="{A}"{said["declare"]} ID="_{number}" Version="{said["version"]}" IssueInstant="{moment(-5)}">'
        f'<saml:Issuer>{said["issuer"]}</saml:Issuer><saml:Subject>{name_xml}'
        f'<saml:SubjectConfirmation Method="{said["method"]}"><saml:SubjectConfirmationData{confirmed} '
        f'Recipient="{said["recipient"]}"{request}/></saml:SubjectConfirmation></saml:Subject>'
        f'<saml:Conditions NotBefore="{moment(said["before"])}" NotOnOrAfter="{moment(said["after"])}">{audience}'
        f'{said["conditions"]}</saml:Conditions>{statement}<saml:AttributeStatement>{attributes}</saml:AttributeStatement>'
        "</saml:Assertion>"
    )


def response(inside, number="r1", **other):
    said = {
        "destination": TASK["acs_url"], "request": TASK["request_id"], "issuer": TASK["provider"],
        "status": f'<samlp:StatusCode Value="{SUCCESS}"/>', "before": "", "version": "2.0",
    } | other
    request = f' InResponseTo="{said["request"]}"' if said["request"] else ""
    destination = f' Destination="{said["destination"]}"' if said["destination"] else ""
    return (
        f'<samlp:Response xmlns:samlp="{P}" xmlns:saml="{A}" ID="_{number}" Version="{said["version"]}" '
        f'IssueInstant="{moment(-5)}"{destination}{request}><saml:Issuer>{said["issuer"]}</saml:Issuer>{said["before"]}'
        f'<samlp:Status>{said["status"]}</samlp:Status>{inside}</samlp:Response>'
    )


def tree(text):
    return etree.fromstring(text.encode(), etree.XMLParser(resolve_entities=False, no_network=True))


def ids(root):
    for element in root.iter(f"{{{P}}}Response", f"{{{A}}}Assertion"):
        xmlsec.tree.add_ids(element, ["ID"])


def sign(root, what, signer=IDP, method=xmlsec.Transform.RSA_SHA256, digest=xmlsec.Transform.SHA256, uri=None,
         embed=True, key=None, canonical=xmlsec.Transform.EXCL_C14N):
    """Signs an element by libxmlsec1, with the signature behind its issuer."""
    template = xmlsec.template.create(root, canonical, method, ns="ds")
    what.insert(1, template)
    reference = xmlsec.template.add_reference(template, digest, uri=uri if uri is not None else "#" + what.get("ID"))
    xmlsec.template.add_transform(reference, xmlsec.Transform.ENVELOPED)
    xmlsec.template.add_transform(reference, canonical)
    if embed:
        xmlsec.template.add_x509_data(xmlsec.template.ensure_key_info(template))
    context = xmlsec.SignatureContext()
    context.key = key or xmlsec.Key.from_memory(signer.key_pem, xmlsec.KeyFormat.PEM)
    if embed:
        context.key.load_cert_from_memory(signer.pem, xmlsec.KeyFormat.CERT_PEM)
    ids(root)
    context.sign(template)
    return template


def signed(assertion_text=None, what="assertion", response_other=None, **how):
    """A response with a signed assertion, or signed itself."""
    root = tree(response(assertion_text or assertion(), **(response_other or {})))
    if what in ("assertion", "both"):
        sign(root, root.find("a:Assertion", NS), **how)
    if what in ("response", "both"):
        sign(root, root, **how)
    return root


def encrypt(root, data=xmlsec.Transform.AES256_GCM, transport=xmlsec.Transform.RSA_OAEP, certificate=None):
    """Encrypts the assertion for the service by libxmlsec1."""
    found = root.find("a:Assertion", NS)
    # Alone, with its namespaces, as providers do: what is encrypted must be readable without what was around it.
    alone = tree(etree.tostring(found).decode())
    manager = xmlsec.KeysManager()
    manager.add_key(xmlsec.Key.from_memory(certificate or TASK["certificate"], xmlsec.KeyFormat.CERT_PEM))
    template = xmlsec.template.encrypted_data_create(alone, data, type=xmlsec.EncryptionType.ELEMENT, ns="xenc")
    xmlsec.template.encrypted_data_ensure_cipher_value(template)
    info = xmlsec.template.encrypted_data_ensure_key_info(template, ns="ds")
    wrapped = xmlsec.template.add_encrypted_key(info, transport)
    xmlsec.template.encrypted_data_ensure_cipher_value(wrapped)
    context = xmlsec.EncryptionContext(manager)
    kind, size = (xmlsec.KeyData.AES, 128 if data in (xmlsec.Transform.AES128, xmlsec.Transform.AES128_GCM) else 256)
    context.key = xmlsec.Key.generate(kind, size, xmlsec.KeyDataType.SESSION)
    sealed = context.encrypt_xml(template, alone)
    holder = etree.Element(f"{{{A}}}EncryptedAssertion", nsmap={"saml": A})
    holder.append(sealed)
    found.getparent().replace(found, holder)
    return root


def put(name, document, expect, **more):
    """One document: `expect` is "accepted" or the reasons of which one must be given."""
    text = document if isinstance(document, (str, bytes)) else etree.tostring(document)
    text = text.encode() if isinstance(text, str) else text
    DOCUMENTS.append({
        "name": name, "message": base64.b64encode(text).decode(), "expect": [expect] if isinstance(expect, str) else expect,
    } | more)


def good():
    put("signed assertion", signed(), "accepted", session=True)
    put("signed response", signed(what="response"), "accepted")
    put("both signed", signed(what="both"), "accepted")
    put("second certificate", signed(signer=NEXT), "accepted")
    put("no certificate in it", signed(embed=False), "accepted")
    put("RSA-SHA512", signed(method=xmlsec.Transform.RSA_SHA512, digest=xmlsec.Transform.SHA512), "accepted")
    put("ECDSA-SHA256", signed(signer=CURVE, method=xmlsec.Transform.ECDSA_SHA256), "accepted", curve=True)
    put("pretty-printed", signed(assertion().replace("><", ">\n  <")), "accepted")
    put("with an XML declaration", b'<?xml version="1.0" encoding="UTF-8"?>\n' + etree.tostring(signed()), "accepted")
    put("a minute late", signed(assertion(after=-50, confirmed=-50)), "accepted")
    put("a minute early", signed(assertion(before=50)), "accepted")
    put("asked for nothing", signed(assertion(request=None), response_other={"request": None}), "accepted", unasked=True)
    put("one-time use", signed(assertion(conditions="<saml:OneTimeUse/>")), "accepted")
    many = "".join(f"<saml:AttributeValue>group {number}</saml:AttributeValue>" for number in range(3000))
    put("three thousand groups", signed(assertion(attributes=f'<saml:Attribute Name="groups">{many}</saml:Attribute>')), "accepted")
    alone = tree(assertion())
    alone.insert(1, etree.Element(f"{{{DS}}}Signature", Id="placeholder", nsmap={"ds": DS}))
    other = signxml.XMLSigner(c14n_algorithm="http://www.w3.org/2001/10/xml-exc-c14n#")
    root = tree(response(""))
    root.append(other.sign(alone, key=IDP.key_pem, cert=IDP.pem, reference_uri="#_a1"))
    put("signed by signxml", root, "accepted")


def encrypted():
    for name, how in [("AES-256-GCM", xmlsec.Transform.AES256_GCM), ("AES-128-GCM", xmlsec.Transform.AES128_GCM)]:
        put(f"encrypted with {name}", encrypt(signed(), how), "accepted", sealed=True)
    both = tree(response(assertion()))
    sign(both, both.find("a:Assertion", NS))
    encrypt(both, xmlsec.Transform.AES256)
    sign(both, both)
    put("encrypted with AES-256-CBC in a signed response", both, "accepted", sealed=True)
    outer = encrypt(tree(response(assertion())))
    sign(outer, outer)
    put("encrypted, signed outside only", outer, "accepted", sealed=True)
    put("AES-CBC without a signature around it", encrypt(signed(), xmlsec.Transform.AES256), "bad_encryption")
    put("encrypted for somebody else", encrypt(signed(), certificate=ATTACKER.pem), "bad_encryption")
    put("key wrapped with PKCS 1.5", encrypt(signed(), transport=xmlsec.Transform.RSA_PKCS1), ["bad_encryption", "bad_signature"])
    put("encrypted, not signed", encrypt(tree(response(assertion(EVIL)))), ["not_signed", "bad_signature"])
    put("encrypted by an attacker", encrypt(signed(assertion(EVIL), signer=ATTACKER)), ["unknown_certificate", "bad_signature"])
    put("encrypted by an attacker without certificate", encrypt(signed(assertion(EVIL), signer=ATTACKER, embed=False)), "bad_signature")
    put("encrypted and expired", encrypt(signed(assertion(after=-3600, confirmed=-3600))), "expired")
    put("encrypted for another audience", encrypt(signed(assertion(audience="https://other.example.com"))), "wrong_audience")
    put("encrypted with SHA-1", encrypt(signed(method=xmlsec.Transform.RSA_SHA1, digest=xmlsec.Transform.SHA1)), "weak_algorithm")
    put("not encrypted where it must be", signed(), "not_encrypted", encrypted_only=True)
    put("encrypted where it must be", encrypt(signed()), "accepted", encrypted_only=True, sealed=True)
    broken = encrypt(signed())
    value = broken.find(".//xenc:EncryptedData/xenc:CipherData/xenc:CipherValue", NS)
    value.text = base64.b64encode(b"\0" * 400).decode()
    put("encrypted and tampered", broken, ["bad_encryption", "bad_signature"])


def wrong():
    put("not signed", response(assertion()), "not_signed")
    tampered = signed()
    tampered.find(".//a:NameID", NS).text = EVIL
    put("name changed", tampered, "bad_signature")
    more = signed()
    values = more.findall(".//a:AttributeValue", NS)
    extra = copy.deepcopy(values[1])
    extra.text = "Administrators"
    values[1].addnext(extra)
    put("group added", more, "bad_signature")
    put("another key, its certificate inside", signed(signer=ATTACKER), ["unknown_certificate", "bad_signature"])
    put("another key", signed(signer=ATTACKER, embed=False), "bad_signature")
    put("RSA-SHA1", signed(method=xmlsec.Transform.RSA_SHA1, digest=xmlsec.Transform.SHA1), "weak_algorithm")
    put("digest with SHA-1", signed(digest=xmlsec.Transform.SHA1), "weak_algorithm")
    shared = xmlsec.Key.from_binary_data(xmlsec.KeyData.HMAC, IDP.pem.encode())
    put("HMAC with the certificate as secret", signed(method=xmlsec.Transform.HMAC_SHA256, key=shared, embed=False), "weak_algorithm")
    put("the whole document by an empty address", signed(what="response", uri=""), "suspicious_shape")
    put("inclusive canonicalisation", signed(canonical=xmlsec.Transform.C14N), "weak_algorithm")
    for name, other, reason in [
        ("expired", {"after": -61, "confirmed": 300}, "expired"),
        ("confirmation expired", {"confirmed": -61}, "expired"),
        ("the provider's session is over", {"session": -61}, "expired"),
        ("not yet", {"before": 61}, "not_yet_valid"),
        ("another audience", {"audience": "https://other.example.com"}, "wrong_audience"),
        ("an audience that begins alike", {"audience": TASK["entity_id"] + ".evil"}, "wrong_audience"),
        ("no audience", {"audience": None}, "wrong_audience"),
        ("another recipient", {"recipient": "https://other.example.com/acs"}, "wrong_recipient"),
        ("another request in the confirmation", {"request": "_other"}, "wrong_request"),
        ("no request in the confirmation", {"request": None}, "wrong_request"),
        ("another issuer", {"issuer": "https://evil.example.com"}, "wrong_issuer"),
        ("a condition nobody knows", {"conditions": '<x:Only xmlns:x="urn:x"/>'}, "incomplete"),
        ("no end of the confirmation", {"confirmed": None}, "incomplete"),
        ("confirmed by possession of a key", {"method": "urn:oasis:names:tc:SAML:2.0:cm:holder-of-key"}, "incomplete"),
        ("no statement of sign-in", {"statement": False}, "incomplete"),
        ("no name", {"name_xml": "<!---->"}, "incomplete"),
        ("an empty name", {"name_xml": "<saml:NameID> </saml:NameID>"}, "incomplete"),
        ("two names", {"name_xml": f"<saml:NameID>{EVIL}</saml:NameID><saml:NameID>{GENUINE}</saml:NameID>"}, "incomplete"),
        ("an element in the name", {"name_xml": f"<saml:NameID>{EVIL}<x/>.evil.com</saml:NameID>"}, "incomplete"),
        ("version 1.1", {"version": "1.1"}, "incomplete"),
    ]:
        put(name, signed(assertion(**other)), reason)
    put("another destination", signed(what="response", response_other={"destination": "https://other.example.com/acs"}), "wrong_destination")
    put("no destination in a signed response", signed(what="response", response_other={"destination": None}), "wrong_destination")
    put("answers another request", signed(response_other={"request": "_other"}), "wrong_request")
    put("answers no request", signed(assertion(request=None), response_other={"request": None}), "wrong_request")
    put("unasked, and yet an answer", signed(), "wrong_request", unasked=True)
    put("unasked, with a request inside", signed(response_other={"request": None}), "wrong_request", unasked=True)
    put("another issuer around it", signed(response_other={"issuer": "https://evil.example.com"}), "wrong_issuer")
    denied = '<samlp:StatusCode Value="urn:oasis:names:tc:SAML:2.0:status:Responder"><samlp:StatusCode ' \
        'Value="urn:oasis:names:tc:SAML:2.0:status:AuthnFailed"/></samlp:StatusCode><samlp:StatusMessage>No access</samlp:StatusMessage>'
    put("the provider says no", signed(what="response", response_other={"status": denied}), "provider_refused")
    put("response of version 1.1", signed(response_other={"version": "1.1"}), "unreadable")
    put("two assertions", signed(assertion() + assertion(EVIL, "a2")), "not_one_assertion")
    put("two signed assertions", two_signed(), "not_one_assertion")
    put("no assertion", sign_alone(tree(response(""))), "not_one_assertion")


def two_signed():
    root = tree(response(assertion() + assertion(EVIL, "a2")))
    for found in root.findall("a:Assertion", NS):
        sign(root, found)
    return root


def sign_alone(root):
    sign(root, root)
    return root


def parts():
    """A genuine response, its assertion, a copy without signature, and an evil copy."""
    root = signed()
    genuine = root.find("a:Assertion", NS)
    bare = copy.deepcopy(genuine)
    bare.remove(bare.find("ds:Signature", NS))
    evil = copy.deepcopy(genuine)
    evil.find(".//a:NameID", NS).text = EVIL
    for value in evil.findall(".//a:AttributeValue", NS)[:1]:
        value.text = EVIL
    evil.set("ID", "_evil")
    return root, genuine, bare, evil


def wrapped():
    """Signature wrapping, after Somorovsky and others, "On Breaking SAML", and what was found since."""
    refused = ["suspicious_shape", "not_one_assertion", "bad_signature"]

    # 1 and 2: the response is signed; an evil response around it.
    for number, place in [(1, "inside"), (2, "beside")]:
        root = signed(what="response")
        evil = copy.deepcopy(root)
        signature = evil.find("ds:Signature", NS)
        evil.remove(signature)
        evil.set("ID", "_evil")
        evil.find(".//a:NameID", NS).text = EVIL
        original = copy.deepcopy(root)
        original.remove(original.find("ds:Signature", NS))
        if place == "inside":
            signature.append(original)
            evil.insert(1, signature)
        else:
            evil.insert(1, original)
            evil.insert(2, signature)
        put(f"XSW{number}", evil, refused)
    # 3 and 4: an evil assertion before the genuine one, or around it.
    root, genuine, bare, evil = parts()
    evil.remove(evil.find("ds:Signature", NS))
    root.insert(root.index(genuine), evil)
    put("XSW3", root, refused)
    root, genuine, bare, evil = parts()
    evil.remove(evil.find("ds:Signature", NS))
    root.replace(genuine, evil)
    evil.append(genuine)
    put("XSW4", root, refused)
    # 5 and 6: the evil assertion carries the signature of the genuine one, which stands behind it or in the signature.
    root, genuine, bare, evil = parts()
    root.replace(genuine, evil)
    root.append(bare)
    put("XSW5", root, refused)
    root, genuine, bare, evil = parts()
    root.replace(genuine, evil)
    evil.find("ds:Signature", NS).append(bare)
    put("XSW6", root, refused)
    # 7: in extensions, 8: in an object of the signature.
    root, genuine, bare, evil = parts()
    evil.remove(evil.find("ds:Signature", NS))
    extensions = etree.Element(f"{{{P}}}Extensions")
    root.replace(genuine, evil)
    extensions.append(genuine)
    root.insert(1, extensions)
    put("XSW7", root, refused)
    root, genuine, bare, evil = parts()
    root.replace(genuine, evil)
    holder = etree.SubElement(evil.find("ds:Signature", NS), f"{{{DS}}}Object")
    holder.append(bare)
    put("XSW8", root, refused)
    wrapped_variants(refused)


def wrapped_variants(refused):
    root, genuine, bare, evil = parts()
    evil.set("ID", genuine.get("ID"))
    evil.remove(evil.find("ds:Signature", NS))
    root.insert(root.index(genuine), evil)
    put("an evil assertion of the same id before it", root, refused)
    root, genuine, bare, evil = parts()
    evil.set("ID", genuine.get("ID"))
    evil.remove(evil.find("ds:Signature", NS))
    root.append(evil)
    put("an evil assertion of the same id behind it", root, refused)
    root, genuine, bare, evil = parts()
    evil.remove(evil.find("ds:Signature", NS))
    root.replace(genuine, evil)
    detail = etree.SubElement(root.find("p:Status", NS), f"{{{P}}}StatusDetail")
    detail.append(genuine)
    put("the genuine assertion in the status", root, refused)
    root, genuine, bare, evil = parts()
    evil.remove(evil.find("ds:Signature", NS))
    root.insert(root.index(genuine), evil)
    encrypt(root)
    put("an encrypted evil assertion beside it", root, refused)
    root, genuine, bare, evil = parts()
    evil.remove(evil.find("ds:Signature", NS))
    root.replace(genuine, evil)
    other = etree.SubElement(root, "{urn:other}Assertion")
    other.append(genuine)
    put("an assertion in a foreign assertion", root, refused)
    for name in ["Id", "id", "{http://www.w3.org/XML/1998/namespace}id", "AssertionID"]:
        root, genuine, bare, evil = parts()
        evil.set(name, genuine.get("ID"))
        root.replace(genuine, evil)
        put(f"the id in {name}", root, refused)
    root = signed()
    signature = root.find(".//ds:Signature", NS)
    signature.addnext(copy.deepcopy(signature))
    put("the same signature twice", root, refused)
    for name, place in [("before", 0), ("behind", 1)]:
        root = signed()
        info = root.find(".//ds:SignedInfo", NS)
        info.getparent().insert(place, copy.deepcopy(info))
        put(f"a second SignedInfo {name} it", root, refused)
    root = signed()
    info = root.find(".//ds:SignedInfo", NS)
    etree.SubElement(info.getparent(), f"{{{DS}}}Object").append(copy.deepcopy(info))
    put("a SignedInfo in an object", root, refused)
    root, genuine, bare, evil = parts()
    evil.remove(evil.find("ds:Signature", NS))
    evil.set("ID", genuine.get("ID"))
    signature = genuine.find("ds:Signature", NS)
    root.replace(genuine, evil)
    root.insert(1, signature)
    put("the assertion's signature at the response", root, refused)


def text():
    """What parsers disagree about."""
    comment = signed(assertion(name_xml=f'<saml:NameID Format="{EMAIL}">{EVIL}<!-- -->.evil.com</saml:NameID>'))
    # Exclusive canonicalisation leaves comments out, so one may be put in afterwards as well.
    put("a comment in the name", comment, "accepted", name_id=EVIL + ".evil.com")
    put("a comment put into the name", etree.tostring(signed(assertion(EVIL + ".evil.com"))).replace(
        b">" + EVIL.encode() + b".evil", b">" + EVIL.encode() + b"<!---->.evil"), "accepted", name_id=EVIL + ".evil.com")
    put("CDATA in the name", etree.tostring(signed(assertion(EVIL + ".evil.com"))).replace(
        b">" + EVIL.encode() + b".evil.com<", b"><![CDATA[" + EVIL.encode() + b".evil.com]]><"),
        ["accepted", "bad_signature"], name_id=EVIL + ".evil.com")
    document = etree.tostring(signed()).decode()
    digest = document.split("DigestValue>")[1].split("<")[0]
    put("a comment in the digest", document.replace(digest, f"<!--{digest}-->{digest}"), ["accepted", "bad_signature", "suspicious_shape"])
    forged = document.replace(GENUINE, EVIL).replace(digest, f"<!--AAAA-->{digest}")
    put("a comment in the digest of a changed name", forged, ["bad_signature", "suspicious_shape"])
    put("a document type", '<!DOCTYPE r [<!ENTITY x "y">]>' + document, "unreadable")
    put("entities that grow", '<!DOCTYPE r [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;">]>'
        + document.replace(GENUINE, "&c;"), "unreadable")
    put("a file as entity", '<!DOCTYPE r [<!ENTITY a SYSTEM "file:///etc/passwd">]>' + document.replace(GENUINE, "&a;"), "unreadable")
    put("a processing instruction", '<?xml-stylesheet href="http://evil.example.com"?>' + document, "unreadable")
    put("UTF-16", document.encode("utf-16"), "unreadable")
    put("nested deeply", "<a>" * 100_000, "unreadable")
    put("ten megabytes", "<a>" + " " * 10_000_000 + "</a>", "unreadable")
    put("a million elements", "<a>" + "<b/>" * 200_000 + "</a>", "unreadable")
    put("nothing", "", "unreadable")
    put("half a document", document[: len(document) // 2], "unreadable")
    put("a page", "<html><body/></html>", "unreadable")
    put("a request", document.replace("samlp:Response", "samlp:AuthnRequest"), "unreadable")


good()
encrypted()
wrong()
wrapped()
text()
json.dump({
    "certificates": [IDP.pem, NEXT.pem], "curve": [CURVE.pem], "documents": DOCUMENTS,
}, sys.stdout)
