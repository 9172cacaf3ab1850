"""`casecore subscribe`: the events on Kafka as they come, at the prompt."""

from casecore.cli.commands.subscribe.command import subscribe as subscribe
