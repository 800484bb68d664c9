"""The form that a visualizer's options make by themselves."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, Literal, get_args, get_origin

import annotated_types
import panel as pn
from markupsafe import Markup, escape
from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo

from vitrail_panels.components import Drawing

Changed = Callable[[dict[str, Any]], None]


class Form:
    """A widget for each of a model's fields.

    Args:
        options: the settings in force.
        changed: hears the settings that differ from their defaults, once they are valid.
    """

    def __init__(self, options: BaseModel, changed: Changed) -> None:
        self._model = type(options)
        self._values = options.model_dump()
        self._changed = changed
        self._trouble = Drawing(markup="", label="what is wrong")
        rows: list[Any] = []
        for name, field in self._model.model_fields.items():
            widget = _widget(name, field, self._values[name])
            widget.param.watch(lambda event, name=name: self._set(name, event.new), _signal(widget))
            rows.append(widget)
            if field.description:
                rows.append(Drawing(markup=str(_quiet(field.description))))
        if not rows:
            rows.append(Drawing(markup=str(_quiet("this visualizer has no settings"))))
        self.view = pn.Column(*rows, self._trouble, sizing_mode="stretch_width", css_classes=["vt-form"])

    def _set(self, name: str, value: Any) -> None:
        if isinstance(value, str) and not isinstance(self._values[name], str):
            try:
                value = json.loads(value)
            except ValueError:
                self._say(f"{name}: that is no JSON")
                return
        try:
            valid = self._model.model_validate(self._values | {name: value})
        except ValidationError as error:
            first = error.errors()[0]
            self._say(f"{'.'.join(map(str, first['loc'])) or name}: {first['msg']}")
            return
        self._values = valid.model_dump()
        self._say("")
        self._changed(valid.model_dump(mode="json", exclude_defaults=True))

    def _say(self, trouble: str) -> None:
        text = Markup('<div class="vt-card" role="alert">{}</div>').format(trouble) if trouble else ""
        self._trouble.markup = str(text)


def _quiet(text: str) -> Markup:
    return Markup('<small class="vt-muted">{}</small>').format(escape(text))


def _signal(widget: Any) -> str:
    """Sliders tell of a value when they are let go, not at every step."""
    return "value_throttled" if "value_throttled" in widget.param else "value"


def _widget(name: str, field: FieldInfo, value: Any) -> Any:
    """The widget of a field, by its type and bounds."""
    label = (field.title or name).replace("_", " ")
    settings: dict[str, Any] = {
        "label": label,
        "value": value,
        "sizing_mode": "stretch_width",
        "margin": (12, 0, 2, 0),
    }
    low, high = _bounds(field)
    if field.annotation is bool:
        return pn.widgets.Checkbox(**settings)
    if get_origin(field.annotation) is Literal:
        return pn.widgets.Select(options=list(get_args(field.annotation)), **settings)
    if field.annotation is int:
        whole = {"start": low, "end": high}
        bounded = low is not None and high is not None
        return (pn.widgets.IntSlider if bounded else pn.widgets.IntInput)(**settings, **whole)
    if field.annotation is float:
        ends = {"start": low, "end": high}
        if low is not None and high is not None:
            return pn.widgets.FloatSlider(**settings, **ends, step=(high - low) / 100)
        return pn.widgets.FloatInput(**settings, **ends)
    if field.annotation is str:
        return pn.widgets.TextInput(**settings)
    return pn.widgets.TextInput(**settings | {"value": json.dumps(value)})


def _bounds(field: FieldInfo) -> tuple[Any, Any]:
    low = high = None
    for bound in field.metadata:
        if isinstance(bound, annotated_types.Ge):
            low = bound.ge
        elif isinstance(bound, annotated_types.Le):
            high = bound.le
    return low, high
