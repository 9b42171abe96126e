"""The rows of the benchmark table: each measures a program against its reference, if it has one, in turn, round by round."""

import rows_broker
import rows_delivery
import rows_faults
import rows_growth
import rows_hostile
import rows_intake
import rows_process

ROWS = {
    "P1": rows_intake.measure_p1,
    "P2": rows_broker.measure_p2,
    "P2b": rows_broker.measure_p2b,
    "P3": rows_broker.measure_p3,
    "P4": rows_broker.measure_p4,
    "P5": rows_intake.measure_p5,
    "P5b": rows_delivery.measure_p5b,
    "P6": rows_delivery.measure_p6,
    "P7": rows_process.measure_p7,
    "P8": rows_process.measure_p8,
    "P9": rows_process.measure_p9,
    "P10": rows_growth.measure_p10,
    "R4": rows_faults.measure_r4,
    "R7": rows_hostile.measure_r7,
    "R8": rows_hostile.measure_r8,
}
# What is measured when no row is named: R4 lasts a quarter of an hour a round, R7 and R8 need the machine alone.
USUAL = [name for name in ROWS if name.startswith("P")]
# What docs/http.md and docs/overload.md have the figures of.
OF_OTHER_DOCUMENTS = ("R7", "R8")
