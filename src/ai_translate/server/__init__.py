"""The HTTP door. The only room that knows FastAPI, Starlette and uvicorn."""
