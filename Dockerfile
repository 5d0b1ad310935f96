# Python is pinned to a minor version, packages to exact versions with hashes.
FROM python:3.12-slim-bookworm

ENV PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    PIP_NO_CACHE_DIR=1 \
    PIP_DISABLE_PIP_VERSION_CHECK=1

WORKDIR /app

# Packages change rarely and code often, so each has its own layer.
COPY requirements/run.txt requirements/run.txt
RUN pip install --require-hashes --requirement requirements/run.txt

COPY pyproject.toml ./
COPY schemas schemas
COPY places places
COPY faust_batches faust_batches
COPY streams streams
COPY history history
COPY web web
COPY firstseen firstseen
RUN pip install --no-deps --no-build-isolation . \
    && useradd --system --uid 10001 --create-home --home-dir /var/lib/firstseen firstseen

# State is in Kafka. Files of the workers are restored from Kafka if they are lost; nothing else is written.
ENV FIRSTSEEN_STATE_DIR=/var/lib/firstseen
USER firstseen
WORKDIR /var/lib/firstseen

ENTRYPOINT ["firstseen"]
CMD ["--help"]
