# The same with its requirements copied first, so that an edit of the service installs nothing.

ARG BASE_IMAGE=python:3.11-slim-bookworm
FROM ${BASE_IMAGE}
RUN python3 -m venv /opt/venv
ENV PATH=/opt/venv/bin:$PATH
WORKDIR /app
COPY requirements.txt .
RUN --mount=type=secret,id=pip_conf,target=/etc/pip.conf \
    --mount=type=secret,id=ca_bundle \
    pip install --no-cache-dir -r requirements.txt
COPY . .
ENV MODEL=acme/starter-en-fr BEAMS=2
EXPOSE 8002
CMD ["uvicorn", "plain_service:app", "--host", "0.0.0.0", "--port", "8002"]
