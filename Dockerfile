# One image for all processes: it serves by default; `worker`, `migrate` and every other command go by name.

FROM python:3.11-slim-bookworm AS python

FROM python AS build
WORKDIR /app
COPY requirements-runtime.lock ./
RUN python -m venv --without-pip /opt/aftercare \
    && python -m pip --python /opt/aftercare/bin/python install --no-cache-dir --disable-pip-version-check \
        --require-hashes --only-binary :all: -r requirements-runtime.lock
COPY LICENSE ./
COPY config config
COPY scheduler scheduler
# Compiled here, because the user of the last stage can't write what would make the next start quick.
RUN python -m compileall -q scheduler \
    && printf '#!/bin/sh\nexec python -m scheduler "$@"\n' >/opt/aftercare/bin/aftercare \
    && chmod 755 /opt/aftercare/bin/aftercare

FROM python
RUN python -m pip uninstall --yes --quiet --root-user-action ignore pip setuptools wheel \
    && install -d -m 0700 -o 10001 -g 10001 /data /keys
COPY --from=build /opt/aftercare /opt/aftercare
COPY --from=build /app /app
ENV PATH=/opt/aftercare/bin:$PATH \
    PYTHONPATH=/app \
    AFTERCARE_DATABASE_URL=sqlite:////data/aftercare.db \
    AFTERCARE_KEY_FILE=/keys/aftercare.key
USER 10001:10001
WORKDIR /data
VOLUME ["/data", "/keys"]
EXPOSE 8000
HEALTHCHECK --interval=30s --timeout=5s --start-period=20s CMD ["python", "-c", \
    "from http.client import HTTPConnection as C; c = C('127.0.0.1', 8000, timeout=3); c.request('GET', '/healthz'); raise SystemExit(c.getresponse().status != 200)"]
ENTRYPOINT ["aftercare"]
CMD ["serve", "--host", "0.0.0.0"]
