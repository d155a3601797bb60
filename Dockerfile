# One image for every part of an installation: Airflow's services, its workers, the screens and the command line `ioc`
# (all but `ioc demo`, whose simulated gateway is not in it).
FROM python:3.11-slim-bookworm

ENV LANG=C.UTF-8 \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    PYTHONPATH=/opt/ioc:/opt/ioc/deploy/airflow \
    AIRFLOW_HOME=/opt/airflow \
    AIRFLOW__CORE__DAGS_FOLDER=/opt/ioc/dags \
    AIRFLOW__CORE__LOAD_EXAMPLES=False \
    GX_ANALYTICS_ENABLED=false

WORKDIR /opt/ioc
COPY deploy/requirements.lock deploy/uv-requirements.lock ./
RUN pip install --no-cache-dir --require-hashes --requirement uv-requirements.lock \
    && uv pip install --system --no-cache --compile-bytecode --require-hashes --requirement requirements.lock

COPY accounts accounts
COPY alerts alerts
COPY audit audit
COPY connectors connectors
COPY dags dags
COPY demo demo
COPY deploy/airflow deploy/airflow
COPY dictionary dictionary
COPY expectations expectations
COPY government government
COPY hub hub
COPY ioc ioc
COPY kpis kpis
COPY pipeline pipeline
COPY reports reports
COPY screens screens
COPY warehouse warehouse
COPY pyproject.toml ./
# The name and the release of the hub, as an installation by pip would note them: evidence says by which release it was made.
RUN python -c 'import pathlib, tomllib; hub = tomllib.loads(pathlib.Path("pyproject.toml").read_text())["project"]; \
folder = pathlib.Path("ioc_data_hub-" + hub["version"] + ".dist-info"); folder.mkdir(); \
(folder / "METADATA").write_text("Metadata-Version: 2.1\nName: " + hub["name"] + "\nVersion: " + hub["version"] + "\n")'
RUN python -m ioc.messages --compile && python -m screens.build && rm -rf screens/assets/node_modules /root/.npm
RUN printf '#!/usr/local/bin/python\nfrom ioc.main import main\n\nmain()\n' > /usr/local/bin/ioc \
    && chmod 755 /usr/local/bin/ioc \
    && python -m compileall -q /opt/ioc \
    && useradd --create-home --uid 50000 ioc \
    && mkdir -p /opt/airflow/logs /opt/airflow/access /var/lib/ioc/keys /var/lib/ioc/landing \
    && chown -R ioc:ioc /opt/airflow /var/lib/ioc && chmod -R o= /opt/airflow /var/lib/ioc

USER ioc
WORKDIR /var/lib/ioc
# What Airflow writes is not for everybody either, its passwords first of all.
ENTRYPOINT ["sh", "-c", "umask 027 && exec \"$0\" \"$@\""]
