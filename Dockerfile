# docker build -t pejling .
# docker run -e PEJLING_HOST=0.0.0.0 -e PEJLING_PUBLIC_URL=https://pejling.example.dk -p 8765:8765 -v pejling:/data pejling
#
# Run `make teams-tab` first, if the personal tab in Teams is to sign people in.
#
# PEJLING_HOST has no default here: opening the door beyond the container is a decision. The demo stays inside (--no-demo).

FROM python:3.12-slim AS build
WORKDIR /source
RUN python -m venv /venv
COPY pyproject.toml constraints.txt LICENSE ./
COPY bot bot
COPY scheduler scheduler
RUN /venv/bin/pip install --no-cache-dir -c constraints.txt ".[slack,teams,replicas]"

FROM python:3.12-slim
RUN useradd --system --uid 10001 --home-dir /data --shell /usr/sbin/nologin pejling \
    && install -d -o pejling -g pejling -m 0700 /data
COPY --from=build /venv /venv
ENV PATH=/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    DATABASE_URL=sqlite:////data/pejling.db \
    PEJLING_KEY_FILE=/data/pejling.key
WORKDIR /data
USER pejling
VOLUME /data
EXPOSE 8765
HEALTHCHECK --interval=30s --timeout=5s --start-period=20s --retries=3 \
    CMD ["python", "-c", "import os, urllib.request as u; u.urlopen(f\"http://127.0.0.1:{os.environ.get('PEJLING_PORT') or 8765}/health\", timeout=4)"]
STOPSIGNAL SIGTERM
CMD ["pejling", "run", "--no-demo"]
