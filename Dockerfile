FROM python:3.11-slim AS panel

ENV PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1 DJANGO_SETTINGS_MODULE=panel.settings
WORKDIR /srv/panel

COPY requirements/run.lock requirements/
RUN pip install --no-cache-dir --disable-pip-version-check --require-hashes --requirement requirements/run.lock

COPY . .
# Static files are collected into the image. Settings want an address of a database, but none is asked.
RUN DATABASE_URL=postgresql://nowhere/panel PANEL_ENV=production ALLOWED_HOSTS=localhost REDIS_URL=redis://nowhere \
    SECRET_KEY="$(head -c 48 /dev/urandom | base64 -w0)" \
    PANEL_FIELD_KEYS="$(head -c 32 /dev/urandom | base64 -w0 | tr +/ -_)" \
    python manage.py collectstatic --noinput \
 && useradd --system --uid 10001 panel \
 && install -d -o panel /var/lib/panel /var/lib/panel/evidence

USER panel
ENV PANEL_DATA=/var/lib/panel
EXPOSE 8000
CMD ["gunicorn", "panel.wsgi", "--bind=0.0.0.0:8000", "--worker-class=gthread", "--workers=2", "--threads=4", \
     "--preload", "--no-control-socket", "--access-logfile=-", \
     # Without the query: old programs put their key there.
     "--access-logformat=%(h)s %(t)s %(m)s %(U)s %(s)s %(B)s %(D)s"]
