"""The settings form follows from a visualizer's options."""

from typing import Any, Literal

import panel as pn
from pydantic import BaseModel, ConfigDict, Field, model_validator

from vitrail_panels.components import Drawing
from vitrail_panels.form import Form


class Options(BaseModel):
    """Settings of each sort."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    bins: int = Field(default=20, ge=2, le=100, description="<b>how many</b>")
    share: float = Field(default=0.5, ge=0, le=1)
    log: bool = False
    stacking: Literal["over", "beside"] = "over"
    title: str = ""
    limits: tuple[float, float] | None = None

    @model_validator(mode="after")
    def _fits(self) -> "Options":
        if self.log and self.bins > 50:
            raise ValueError("too many bins <i>for</i> a logarithm")
        return self


def made(**settings: Any) -> tuple[Form, dict[str, Any], list[dict[str, Any]]]:
    heard: list[dict[str, Any]] = []
    form = Form(Options(**settings), heard.append)
    widgets = {w.label: w for w in form.view if isinstance(w, pn.widgets.Widget)}
    return form, widgets, heard


def said(form: Form) -> str:
    return "".join(part.markup for part in form.view if isinstance(part, Drawing))


def test_a_field_becomes_the_widget_of_its_type() -> None:
    _, widgets, _ = made()
    kinds = {name: type(widget).__name__ for name, widget in widgets.items()}
    assert kinds == {
        "bins": "IntSlider",
        "share": "FloatSlider",
        "log": "Checkbox",
        "stacking": "Select",
        "title": "TextInput",
        "limits": "TextInput",
    }
    assert (widgets["bins"].start, widgets["bins"].end, widgets["bins"].value) == (2, 100, 20)


def test_only_what_differs_from_the_defaults_is_told() -> None:
    _, widgets, heard = made(title="a")
    widgets["stacking"].value = "beside"
    widgets["title"].value = ""
    widgets["limits"].value = "[0, 2]"
    assert heard == [
        {"title": "a", "stacking": "beside"},
        {"stacking": "beside"},
        {"stacking": "beside", "limits": [0.0, 2.0]},
    ]


def test_what_cannot_be_is_said_and_not_told() -> None:
    form, widgets, heard = made(bins=80)
    widgets["log"].value = True
    assert heard == []
    assert "too many bins &lt;i&gt;for&lt;/i&gt; a logarithm" in said(form)
    widgets["limits"].value = "[0,"
    assert "no JSON" in said(form)
    widgets["log"].value = False
    assert "vt-card" not in said(form)


def test_descriptions_are_text() -> None:
    form, _, _ = made()
    assert "&lt;b&gt;how many" in said(form)
