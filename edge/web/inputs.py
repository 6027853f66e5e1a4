"""What the API takes. An input refuses a field it does not know, and leaves what a value means to the desk: it names
the field that is wrong. Times are UTC milliseconds.
"""

from __future__ import annotations

from typing import Literal

from msgspec import UNSET, Struct, UnsetType

from fleet.rules.order import Act

Text = str | UnsetType
Whole = int | str | UnsetType


class _Input(Struct, forbid_unknown_fields=True, kw_only=True, rename={"cls": "class"}):
    """What a caller may send."""

    def given(self) -> dict[str, object]:
        """The fields that were sent, by the names the desk knows."""
        return {name: value for name in self.__struct_fields__ if (value := getattr(self, name)) is not UNSET}


class SignIn(_Input):
    """Who, and the PIN that unlocks their key."""

    person: str
    pin: str


class Application(_Input):
    """The fields of a form; `forms.read` says which is wrong. What is left out of a resubmission stays as it was."""

    rider: Text = UNSET
    department: Text = UNSET
    phone: Text = UNSET
    category: Text = UNSET
    reason: Text = UNSET
    origin: Text = UNSET
    destination: Text = UNSET
    start_ms: Whole = UNSET
    end_ms: Whole = UNSET
    passengers: Whole = UNSET
    urgency: Whole = UNSET
    cls: Text = UNSET
    remark: Text = UNSET


class Resubmission(Application):
    """An application sent back, changed or explained."""

    explanation: Text = UNSET


class Approve(_Input):
    """`content` is the hash the approver saw; left out, that of the form as it stands. `urgency` is what the approver
    confirms; left out, what was claimed."""

    pin: Text = UNSET
    urgency: Whole = UNSET
    opinion: Text = UNSET
    content: Text = UNSET


class SendBack(_Input):
    """As Approve, with the reason the rules ask for."""

    pin: Text = UNSET
    reason: Text = UNSET
    content: Text = UNSET


class Pin(_Input):
    """The PIN that unlocks the key once more."""

    pin: str


class Reason(_Input):
    """Why."""

    reason: Text = UNSET


class Dispatch(_Input):
    """Which vehicle and who drives; `why` where it is not the first offer. `preempts` names the order a sudden event
    takes the vehicle from; `supplier` and `price_basis` are of a rented vehicle, and `supplier_driver` of one that has
    a driver with it: then `driver` stays empty."""

    vehicle: Text = UNSET
    driver: Text = UNSET
    why: Text = UNSET
    preempts: Text = UNSET
    supplier: Text = UNSET
    supplier_driver: Text = UNSET
    price_basis: Text = UNSET


class OnTheTrip(_Input):
    """An act of the driver's, or of a dispatcher as a witness: then `witnessed` says why the driver does not say so."""

    witnessed: Text = UNSET


class Depart(OnTheTrip):
    """Odometer in whole km, fuel in quarters of the tank; `checks` is "done" or "skipped"."""

    odometer_km: Whole = UNSET
    fuel_quarters: Whole = UNSET
    checks: Text = UNSET
    note: Text = UNSET


class Return(OnTheTrip):
    """Odometer in whole km, fuel in quarters of the tank, a count of receipts as text, who has the key; `place` and
    `place_reason` if the vehicle does not stand where it belongs."""

    odometer_km: Whole = UNSET
    fuel_quarters: Whole = UNSET
    receipts: Text = UNSET
    key_to: Text = UNSET
    place: Text = UNSET
    place_reason: Text = UNSET
    note: Text = UNSET


class Close(_Input):
    """`receipts` is "attached" or "none"."""

    receipts: Text = UNSET


class NewVehicle(_Input):
    """An entry of the register: the fields of `fleet.rules.vehicle.CARD`. `protocol` is what its terminal speaks."""

    plate: Text = UNSET
    cls: Text = UNSET
    seats: Whole = UNSET
    terminal: Text = UNSET
    terminal_datum: Text = UNSET
    protocol: Literal["jt808"] = "jt808"
    usual_driver: Text = UNSET
    home: Text = UNSET
    stage: Text = UNSET
    duty: Text = UNSET
    department: Text = UNSET
    serves: Text = UNSET
    fuel: Text = UNSET
    tank_ml: Whole = UNSET
    rated_ml_100km: Whole = UNSET
    vin: Text = UNSET
    engine_no: Text = UNSET
    bought_on: Text = UNSET
    price_fen: Whole = UNSET
    marking: Text = UNSET
    insured_until: Text = UNSET
    inspected_until: Text = UNSET
    odometer_km: Whole = UNSET
    exempt_ground: Text = UNSET
    exempt_document: Text = UNSET
    exempt_approver: Text = UNSET
    exempt_review_on: Text = UNSET


ACT_INPUTS: dict[Act, type[_Input]] = {
    Act.SUBMIT: Resubmission,
    Act.APPROVE: Approve,
    Act.SEND_BACK: SendBack,
    Act.CANCEL: Reason,
    Act.DISPATCH: Dispatch,
    Act.UNMET: Reason,
    Act.RECALL: Reason,
    Act.DEPART: Depart,
    Act.ARRIVE: OnTheTrip,
    Act.HEAD_BACK: OnTheTrip,
    Act.RETURN: Return,
    Act.CLOSE: Close,
}
"""What each act takes."""
