"""Everything that happens by itself, and how often.

Work owed is a row; these sweeps look for rows. A lost or doubled message changes nothing: the next sweep finds the row.
A message that waited longer than its own period is dropped, so that a broker coming back does not replay the pause.
"""

from typing import Any

SWEEPS: dict[str, float] = {
    "orders.tasks.send_due_orders": 1,
    "orders.tasks.track_open_orders": 2,
    "orders.tasks.ask_providers_to_stop": 20,
    "orders.tasks.end_orders_over_disputes": 5,
    "orders.tasks.doubt_abandoned_submissions": 10,
    "orders.tasks.give_up_waiting_orders": 600,
    "orders.tasks.write_off_overdue_submissions": 300,
    "refills.tasks.judge_due_refills": 2,
    "refills.tasks.send_due_refills": 1,
    "refills.tasks.track_running_refills": 2,
    "refills.tasks.complete_whole_refills": 5,
    "refills.tasks.doubt_abandoned_refills": 10,
    "refills.tasks.end_refills_over_disputes": 10,
    "refills.tasks.tell_of_running_out": 3600,
    "refills.tasks.forget_old_pictures": 600,
    "refills.tasks.forget_stray_pictures": 6 * 3600,
    "billing.tasks.settle_stripe_events": 1,
    "billing.tasks.sweep_payments": 3600,
    "billing.tasks.compare_with_stripe": 24 * 3600,
    "billing.tasks.give_back_to_cards": 5,
    "providers.tasks.probe_paused_providers": 10,
    "providers.tasks.check_balances": 300,
    "accounts.tasks.send_due_mail": 5,
    "accounts.tasks.owe_announcement_mail": 10,
    "api.tasks.forget_answers": 600,
    "api.tasks.send_due_webhooks": 1,
    "api.tasks.owe_webhooks_about_terms": 10,
    "panel.tasks.note_worker_alive": 10,
    "panel.tasks.verify_ledger": 3600,
    "panel.tasks.erase_people": 30,
    "panel.tasks.keep_retention": 6 * 3600,
}


def beat_schedule() -> dict[str, dict[str, Any]]:
    return {
        task.rpartition(".")[2]: {"task": task, "schedule": seconds, "options": {"expires": max(seconds, 5)}}
        for task, seconds in SWEEPS.items()
    }
