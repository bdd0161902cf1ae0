"""A translation service as it is often written: FastAPI around a transformers model.

    MODEL=FOLDER BEAMS=2 uvicorn plain_service:app

Run by benchmarks/rivals.py in an environment of its own.
"""

import os

import torch
from fastapi import FastAPI
from pydantic import BaseModel
from transformers import MarianMTModel, MarianTokenizer

app = FastAPI()
tokenizer = MarianTokenizer.from_pretrained(os.environ["MODEL"])
# The checkpoint is in half precision, in which a CPU is slow: this asks for the faster one.
model = MarianMTModel.from_pretrained(os.environ["MODEL"], dtype=torch.float32).eval()


class Request(BaseModel):
    """A text to translate."""

    text: str


@app.get("/")
def ready() -> dict[str, str]:
    """Whether the model is loaded."""
    return {"status": "ok"}


@app.post("/translate")
def translate(request: Request) -> dict[str, str]:
    """Translates one text."""
    inputs = tokenizer([request.text], return_tensors="pt", truncation=True)
    with torch.inference_mode():
        output = model.generate(**inputs, num_beams=int(os.environ["BEAMS"]))
    return {"translated_text": tokenizer.decode(output[0], skip_special_tokens=True)}
