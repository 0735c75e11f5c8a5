"""What the database refuses by itself, each under a name that is the sentence that stays true.

A refusal looks to the program like a broken constraint of that name.
"""

import pgtrigger


def refusal(name: str) -> str:
    """The statement of a trigger that refuses."""
    sentence = name.replace("_", " ")
    return f"RAISE EXCEPTION '{sentence}' USING ERRCODE = 'check_violation', CONSTRAINT = '{name}';"


def refuse(
    name: str,
    operation: pgtrigger.Operation,
    *,
    condition: pgtrigger.Condition | None = None,
    unless: str = "",
) -> pgtrigger.Trigger:
    """Refuse an operation on the table: on rows that meet the condition, unless the expression holds."""
    return pgtrigger.Trigger(
        name=name,
        operation=operation,
        when=pgtrigger.Before,
        level=pgtrigger.Statement if operation is pgtrigger.Truncate else pgtrigger.Row,
        condition=condition,
        func=f"IF {unless} THEN RETURN NEW; END IF; {refusal(name)}" if unless else refusal(name),
    )


def kept_as_written(noun: str) -> list[pgtrigger.Trigger]:
    """The triggers of rows that nobody changes or removes."""
    return [
        refuse(f"{noun}_never_updated", pgtrigger.Update),
        refuse(f"{noun}_never_deleted", pgtrigger.Delete),
        refuse(f"{noun}_never_truncated", pgtrigger.Truncate),
    ]
