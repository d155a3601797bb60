# Stands in for python:3.11-slim-bookworm: Debian's own Python, under the names that the official image has.
FROM localhost/trial-debian
RUN apt-get update && apt-get install --yes --no-install-recommends python3 python3-pip && rm -rf /var/lib/apt/lists/* \
    && rm /usr/lib/python3.11/EXTERNALLY-MANAGED && ln -s /usr/bin/python3 /usr/local/bin/python
CMD ["python"]
