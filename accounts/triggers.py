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


def kept_as_written(noun: str, *, but: str = "") -> list[pgtrigger.Trigger]:
    """The triggers of rows that nobody changes or removes, but for one change, if an expression names it."""
    return [
        refuse(f"{noun}_never_updated", pgtrigger.Update, unless=but),
        refuse(f"{noun}_never_deleted", pgtrigger.Delete),
        refuse(f"{noun}_never_truncated", pgtrigger.Truncate),
    ]


def was_erased(person: str) -> str:
    """The expression: this person was erased. It reads one row, and only where something is being blanked."""
    return f"EXISTS (SELECT FROM accounts_user WHERE id = {person} AND erased_at IS NOT NULL)"


def only_blanks(*columns: str) -> str:
    """The expression: these columns become empty, all of them, and everything else in the row stays."""
    names = ", ".join(f"'{column}'" for column in columns)
    rest = f"to_jsonb(NEW) - ARRAY[{names}] = to_jsonb(OLD) - ARRAY[{names}]"
    return " AND ".join([rest, *(f"NEW.{column} = ''" for column in columns)])


def blanked_with_its_person(*columns: str, order: str) -> str:
    """The expression: only these columns become empty, because the customer of this order was erased."""
    person = f"(SELECT customer_id FROM orders_order WHERE id = {order})"
    return f"{only_blanks(*columns)} AND {was_erased(person)}"
