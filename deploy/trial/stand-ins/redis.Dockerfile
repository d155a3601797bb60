# Stands in for redis:7-bookworm: Debian's Redis 7, with the user and the folder that the official image has.
FROM localhost/trial-debian
RUN apt-get update && apt-get install --yes --no-install-recommends redis-server && rm -rf /var/lib/apt/lists/* \
    && mkdir /data && chown redis:redis /data
WORKDIR /data
CMD ["redis-server"]
