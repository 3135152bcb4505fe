import re

from prometheus_client.parser import text_string_to_metric_families

from mediation_server.config import Settings
from tests.docs.pages import ROOT
from tests.web.test_metrics import figures
from web.metrics import exposition

PAGE = (ROOT / "docs/operations.md").read_text(encoding="utf-8")
ROW = re.compile(r"^\| `(mediation_\w+)(?:\{(\w+)\})?` \| (\w+) \|", re.MULTILINE)


def written():
    """What the server writes: name as it is asked for, label, type."""
    for family in text_string_to_metric_families(exposition(figures()).decode()):
        labels = {label for sample in family.samples for label in sample.labels} - {"le"}
        name = family.name + ("_total" if family.type == "counter" else "")
        if name.startswith("mediation_"):
            yield name, labels.pop() if labels else "", family.type


def test_every_metric_is_on_the_page_with_its_label_and_type_and_no_other():
    assert sorted(ROW.findall(PAGE)) == sorted(written())


def test_alarms_are_about_metrics_there_are():
    names = {name for name, _, _ in written()}
    asked = set(re.findall(r"mediation_\w+", PAGE))
    assert {name for name in asked if name.removesuffix("_bucket") not in names} == set()


def test_settings_named_on_the_page_exist():
    for name in ("canary_seconds", "metrics_port", "metrics_host", "disk_warning_mib"):
        assert f"`{name}`" in PAGE
        assert name in Settings.model_fields
    assert f"`canary_seconds` ({Settings().canary_seconds})" in PAGE
