"""Notice of an emergency departure in two keys (Art. 12)."""

from __future__ import annotations

from tui.screens.case_acts import CaseActs


class Emergencies(CaseActs):
    """For screens from which one gives notice of an emergency departure."""

    def action_emergency(self) -> None:
        """Give notice: what is selected says which vehicle, all else can follow with the supplement."""
        from tui.rows.emergency import NOTICE, emergency

        self.begin(NOTICE, given=emergency(self.words, self.vehicles, self.selected_plate))

    @property
    def selected_plate(self) -> str:
        """The vehicle the notice is about; "" if none is selected."""
        return ""
