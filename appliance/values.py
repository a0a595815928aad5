"""`@dataclass(frozen=True)` as the standard library means it, made at a quarter of the cost.

For the modules that commands load: the standard decorator compiles six functions for every class (0.36 ms),
and forty classes were a fifth of `config get`. Here only `__init__` is compiled; what is the same for all
classes is written once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

__all__ = ["dataclass"]

if TYPE_CHECKING:
    from dataclasses import dataclass
else:
    import dataclasses
    from dataclasses import FrozenInstanceError
    from reprlib import recursive_repr

    def dataclass(*, frozen):
        """The class with the methods of a frozen data class; no slots, no order, no base of the kind."""
        if not frozen:
            raise TypeError("values are frozen; use dataclasses.dataclass for anything else")

        def make(cls):
            for method in (__repr__, __eq__, __hash__, __setattr__, __delattr__):
                if method.__name__ not in cls.__dict__:
                    setattr(cls, method.__name__, method)
            made = dataclasses.dataclass(eq=False, repr=False)(cls)
            made.__dataclass_params__.frozen = made.__dataclass_params__.eq = True  # as it now is
            made.__dataclass_params__.repr = True
            return made

        return make

    def _compared(value):
        return tuple([getattr(value, item.name) for item in dataclasses.fields(value) if item.compare])

    @recursive_repr()
    def __repr__(self):  # noqa: N807 - becomes a method
        shown = [item.name for item in dataclasses.fields(self) if item.repr]
        told = ", ".join(f"{name}={getattr(self, name)!r}" for name in shown)
        return f"{type(self).__qualname__}({told})"

    def __eq__(self, other):  # noqa: N807 - becomes a method
        if other.__class__ is not self.__class__:
            return NotImplemented
        return _compared(self) == _compared(other)

    def __hash__(self):  # noqa: N807 - becomes a method
        return hash(_compared(self))

    def __setattr__(self, name, value):  # noqa: N807 - becomes a method
        """Every field is set once, by `__init__`."""
        if name not in self.__dataclass_fields__ or name in self.__dict__:
            raise FrozenInstanceError(f"cannot assign to field {name!r}")
        object.__setattr__(self, name, value)

    def __delattr__(self, name):  # noqa: N807, ARG001 - becomes a method
        raise FrozenInstanceError(f"cannot delete field {name!r}")
