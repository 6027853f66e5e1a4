"""The alarms of the catalogue, A01 to A33: what tracks and records of one vehicle show, said once, with reasons.

    facts ──▶ judge ──▶ verdicts ──▶ reconcile ──▶ what a node states: raised, amended, withdrawn
              (pure: rule version, settings, facts)

`catalogue` is the table, `facts` what is known, one module a family of rules, `judging` the one door to them.
"""
