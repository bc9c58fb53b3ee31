"""Open Badges of about 2.5 kB, all of one programme, built afresh each time as an issuer does."""

from __future__ import annotations

from typing import Any

from contexts import CREDENTIALS_V2, OPEN_BADGES_V3

_DESCRIPTION = (
    "Une formation courte de 45 heures qui mène à déployer, surveiller et sécuriser des applications conteneurisées "
    "dans un nuage public. Les évaluations se font en laboratoire, sur de vraies grappes."
)
_NARRATIVE = (
    "Réussir les trois évaluations pratiques « en laboratoire »\n"
    "et le projet final, avec une note d'au moins 70 % à chacune."
)


def badge(number: int, *, issuer: str) -> dict[str, Any]:
    """The unsigned badge of learner `number`; learners differ in identifiers, dates, mark and place in the list."""
    institution = {
        "id": issuer,
        "type": ["Profile"],
        "name": "Collège de démonstration",
        "url": "https://college.example/",
    }
    return {
        "@context": [CREDENTIALS_V2, OPEN_BADGES_V3],
        "id": f"urn:uuid:00000000-0000-4000-8000-{number:012d}",
        "type": ["VerifiableCredential", "OpenBadgeCredential"],
        "name": "Déploiement infonuagique",
        "issuer": institution,
        "validFrom": f"2026-11-{number % 28 + 1:02d}T14:00:00Z",
        "validUntil": f"2031-11-{number % 28 + 1:02d}T14:00:00Z",
        "credentialSubject": {
            "id": f"did:key:z6Mk{number:044d}",
            "type": ["AchievementSubject"],
            "achievement": {
                "id": "https://college.example/programmes/cloudops-1",
                "type": ["Achievement"],
                "achievementType": "MicroCredential",
                "creator": institution,
                "name": "Déploiement infonuagique",
                "description": _DESCRIPTION,
                "inLanguage": "fr-CA",
                "humanCode": "CLO-045",
                "criteria": {"narrative": _NARRATIVE},
                "tag": ["infonuagique", "conteneurs", "supervision"],
                "alignment": [
                    {
                        "type": ["Alignment"],
                        "targetName": name,
                        "targetUrl": f"http://data.europa.eu/esco/skill/{place}",
                        "targetFramework": "ESCO",
                        "targetType": "CFItem",
                    }
                    for place, name in enumerate(("administrer une infrastructure", "déployer des systèmes TIC"))
                ],
                "resultDescription": [
                    {
                        "id": "https://college.example/programmes/cloudops-1#note",
                        "type": ["ResultDescription"],
                        "name": "Note finale",
                        "resultType": "Percent",
                    }
                ],
            },
            "result": [
                {
                    "type": ["Result"],
                    "resultDescription": "https://college.example/programmes/cloudops-1#note",
                    "value": str(60 + number % 41),
                }
            ],
        },
        "credentialStatus": [
            {
                "id": f"https://college.example/status/1#{number}",
                "type": "BitstringStatusListEntry",
                "statusPurpose": "revocation",
                "statusListIndex": str(number),
                "statusListCredential": "https://college.example/status/1",
            }
        ],
    }
