# casecore with the versions in requirements.lock; docker-compose.yml runs it.
FROM python:3.13-slim

ENV PYTHONUNBUFFERED=1 \
    PIP_DISABLE_PIP_VERSION_CHECK=1 \
    PIP_NO_CACHE_DIR=1 \
    PIP_ROOT_USER_ACTION=ignore

WORKDIR /opt/casecore
COPY requirements.lock ./
RUN pip install --quiet --require-hashes --requirement requirements.lock

COPY pyproject.toml ./
COPY src ./src
# The demo's files in src are links to these.
COPY data ./data
COPY docs/examples ./docs/examples
COPY docs/service-levels ./docs/service-levels
RUN pip install --quiet --no-build-isolation --no-deps . && useradd --system --create-home casecore

USER casecore
WORKDIR /home/casecore
# A volume in its place belongs to this user, too.
RUN mkdir .casecore
CMD ["casecore", "--help"]
