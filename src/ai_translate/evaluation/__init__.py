"""How well and how fast a model translates in each quantization, against itself in float32."""
