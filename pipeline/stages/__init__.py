"""The stages by name. Each gathers outside of any transaction and applies within the one that moves the run on."""

from pipeline.models import Stage
from pipeline.stages.base import StageWork
from pipeline.stages.capture import Capture
from pipeline.stages.deliver import Deliver
from pipeline.stages.enrich import Enrich
from pipeline.stages.route import Route
from pipeline.stages.validate import Validate

STAGES: dict[Stage, StageWork] = {
    Stage.CAPTURE: Capture(),
    Stage.ENRICH: Enrich(),
    Stage.VALIDATE: Validate(),
    Stage.ROUTE: Route(),
    Stage.DELIVER: Deliver(),
}

__all__ = ["STAGES", "StageWork"]
