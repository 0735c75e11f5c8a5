from accounts.spreadsheets import csv_answer, csv_pieces, safe_text

__all__ = ["csv_answer", "csv_pieces", "safe_text"]
