"""What an order costs that is not answered: so much a day, from a day on, up to a most."""

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class Penalty:
    """The penalty of one order. Amounts are whole euro, days are the controller's.

    `runs_from` is the day from which it runs, `through` the day of the answer or, without one,
    today. The day from which a time limit runs is not counted, the last one is (Regulation 1182/71
    Article 3(1)); weekends and holidays count. So 19 December 2022 to 9 February 2023 are 52 days,
    as the CNIL counted them on 13 April 2023: 5.2 million at 100,000 a day.
    """

    runs_from: date
    through: date
    a_day: int
    most: int | None = None
    answered: bool = False

    @property
    def days(self) -> int:
        """How many days count; 0 where the answer came on the day from which it runs, or before."""
        return max((self.through - self.runs_from).days, 0)

    @property
    def uncapped(self) -> int:
        """What the days come to, in euro."""
        return self.days * self.a_day

    @property
    def amount(self) -> int:
        """What is due so far, or in the end, in euro."""
        return self.uncapped if self.most is None else min(self.uncapped, self.most)
