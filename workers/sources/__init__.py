"""Where models come from: the hub, a folder, a GGUF file, the demo packages. All end as a safetensors folder."""
