"""A kind of flag that absl lacks: a range of numbers, as in `--scale=1.05,1.2`."""

import math

from absl import flags

flags.disclaim_key_flags()  # so that the flags belong to the tool, and to its --help


class _RangeParser(flags.ArgumentParser):
    syntactic_help = "the least and the largest number, as in 1.05,1.2"

    def __init__(self, lower_bound: float, above: bool) -> None:
        super().__init__()
        self.lower_bound, self.above = lower_bound, above

    def parse(self, argument: str | tuple[float, float]) -> tuple[float, float]:
        try:
            low, high = map(float, argument.split(",") if isinstance(argument, str) else argument)
        except (TypeError, ValueError):
            low = high = math.nan
        if not low <= high or math.isinf(low) or math.isinf(high):
            raise ValueError(f"write {self.syntactic_help}")
        if low < self.lower_bound or (self.above and low == self.lower_bound):
            raise ValueError(f"must be {'above' if self.above else 'at least'} {self.lower_bound:g}")
        return low, high

    def flag_type(self) -> str:
        return "range"


class _RangeSerializer(flags.ArgumentSerializer):
    def serialize(self, value: tuple[float, float]) -> str:
        return ",".join(f"{number:g}" for number in value)


def DEFINE_range(
    name: str,
    default: tuple[float, float] | None,
    help: str,
    lower_bound: float = -math.inf,
    above: bool = False,
    **options,
) -> flags.FlagHolder[tuple[float, float]]:
    """A flag whose value is (least, largest), floats.

    Args:
        name, default, help, **options: as of every flag of absl.
        lower_bound: of the least number.
        above: whether it must be greater than the bound, not just as great.
    """
    return flags.DEFINE(_RangeParser(lower_bound, above), name, default, help, serializer=_RangeSerializer(), **options)
