"""Names, places and sentences of the made-up business. Nobody and nothing of it exists."""

from __future__ import annotations

from casecore.contract.parties import PartyRole
from casecore.parties.commands import RegisterParty
from casecore.synthetic.draws import Draws

SURNAMES = (
    "Adler", "Berger", "Claasen", "Dorn", "Ebert", "Falk", "Gerlach", "Hauser", "Ivers", "Jansen",
    "Keller", "Lindner", "Merz", "Nolte", "Ohm", "Petri", "Quandt", "Rieger", "Sander", "Thoma",
    "Ulrich", "Vogt", "Wendt", "Yilmaz", "Zeller",
)  # fmt: skip
PRACTICES = ("Praxis", "Zahnarztpraxis", "Gemeinschaftspraxis", "Praxisklinik", "Zahnzentrum")
FIRMS = ("Dentaltechnik", "Praxissysteme", "Systemhaus", "Medizintechnik")
STREETS = ("Lindenweg", "Am Markt", "Schulstraße", "Gartenweg", "Hauptstraße", "Am Bahnhof", "Ringstraße")
PLACES = (
    ("10115", "Berlin"), ("20095", "Hamburg"), ("28195", "Bremen"), ("30159", "Hannover"),
    ("34117", "Kassel"),
    ("40213", "Düsseldorf"), ("50667", "Köln"), ("60311", "Frankfurt am Main"), ("70173", "Stuttgart"),
    ("80331", "München"), ("90402", "Nürnberg"), ("01067", "Dresden"), ("04109", "Leipzig"),
    ("99084", "Erfurt"),
)  # fmt: skip

AGENTS = ("anna", "ben", "clara", "david", "emil", "fatma")
"""In each organisation."""

SUBJECTS = {
    "server_installation": "The new server is to be set up",
    "client_installation": "Two more workplaces for the reception",
    "server_client_connection": "The workplaces do not find the server",
    "practice_management_interface": "Patients do not come over from the practice management",
    "image_source_interface": "Images of the new sensor do not arrive",
    "activation_request": "A key for the additional workplace",
    "activation": "The key is not accepted",
    "licence_renewal": "The licence ends next month",
    "backup_set_up": "The backup does not run at night",
    "software_update": "The update stops half-way",
    "database_move": "The database is to move to another disk",
    "patch_installation": "The patch is to be installed",
    "system_settings": "The viewer forgets its settings",
    "recovery": "Images are missing since the power cut",
    "troubleshooting": "The viewer closes with an error message",
    "program_use": "How are two images compared?",
    "training": "Training for two new colleagues",
}
"""What customers write, by topic."""

ANSWERS = (
    "Here is the log file.",
    "It happens on every workplace.",
    "Since Monday, after the restart.",
    "We tried that, and it is still the same.",
    "You may connect now, the room is free.",
)
"""Of a customer that was asked."""
MESSAGES = (
    "We look at it and call you back.",
    "Please send us the log file.",
    "We have found the cause; a restart will be needed.",
    "Please tell us when we may connect.",
    "An update is needed first; we propose a time.",
)
"""Of agents, to the customer."""
INTERNAL = (
    "The log shows that the service was stopped by hand.",
    "Same as last week in another practice; see there.",
    "Their firewall was replaced; please check the ports.",
    "The customer may be called after four only.",
)
"""Of agents, among the organisations."""
SUMMARIES = (
    "The service was started again.",
    "The settings were put right.",
    "The update was installed.",
    "Explained on the telephone.",
)
"""Of what solved a case."""


def details(draws: Draws, roles: tuple[PartyRole, ...]) -> RegisterParty:
    """A party with a name and an address."""
    kinds = PRACTICES if PartyRole.CUSTOMER in roles else FIRMS
    name = f"{draws.one_of(kinds)} {draws.one_of(SURNAMES)}"
    if draws.chance(0.3):
        name += f" & {draws.one_of(SURNAMES)}"
    postal_code, city = draws.one_of(PLACES)
    street = f"{draws.one_of(STREETS)} {1 + draws.below(120)}"
    return RegisterParty(
        roles=roles, name=name, street=street, postal_code=postal_code, city=city, country="DE"
    )
