"""The catalogue of topics: what a case can be about, and at which level each topic starts (domain.md)."""

from __future__ import annotations

from types import MappingProxyType
from typing import NamedTuple

from casecore.cases.refusals import PartnerMissing, TopicUnknown
from casecore.contract.cases import Category, Level


class Topic(NamedTuple):
    """One topic; its id is what commands and events carry."""

    id: str
    title: str
    level: Level

    @property
    def category(self) -> Category:
        """The category to which the topic belongs."""
        return Category.USER_SUPPORT if self.level is Level.PARTNER else Category.TECHNICAL_SUPPORT


_CATALOGUE = (
    Topic("server_installation", "Server installation", Level.LEVEL_0),
    Topic("client_installation", "Client installation", Level.LEVEL_0),
    Topic("server_client_connection", "Server–client connection", Level.LEVEL_0),
    Topic("practice_management_interface", "Practice-management interface (PVS)", Level.LEVEL_0),
    Topic("image_source_interface", "Image-source interface (2D and 3D)", Level.LEVEL_0),
    Topic("activation_request", "Activation request", Level.LEVEL_0),
    Topic("activation", "Activation", Level.LEVEL_0),
    Topic("licence_renewal", "Licence renewal or extension", Level.LEVEL_0),
    Topic("backup_set_up", "Backup set-up", Level.LEVEL_0),
    Topic("software_update", "Software update", Level.LEVEL_0),
    Topic("database_move", "Database move", Level.LEVEL_0),
    Topic("patch_installation", "Patch installation", Level.LEVEL_1),
    Topic("system_settings", "Other system settings", Level.LEVEL_1),
    Topic("recovery", "Recovery", Level.LEVEL_1),
    Topic("troubleshooting", "Troubleshooting and error messages", Level.LEVEL_1),
    Topic("program_use", "Help with using the program", Level.PARTNER),
    Topic("training", "Training", Level.PARTNER),
)

TOPICS = MappingProxyType({topic.id: topic for topic in _CATALOGUE})


def topics_of_category(category: Category) -> tuple[str, ...]:
    """The ids of a category's topics."""
    return tuple(topic.id for topic in _CATALOGUE if topic.category is category)


def check_topic(category: Category, topic: str, partner: str | None) -> None:
    """Raise unless the topic is one of the category's, and user support has a partner (rule 3)."""
    if topic not in TOPICS or TOPICS[topic].category is not category:
        raise TopicUnknown(topic, category.value, topics_of_category(category))
    if category is Category.USER_SUPPORT and partner is None:
        raise PartnerMissing()
