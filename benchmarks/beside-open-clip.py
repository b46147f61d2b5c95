"""open_clip's side of beside-open-clip.mjs.

  beside-open-clip.py make FOLDER NAME   a checkpoint of one of open_clip's configurations at full size with random weights, as its push writes it
  beside-open-clip.py serve FOLDER       loads it, then runs the image tower once for each line of stdin, which holds the batch size
"""
import json, os, resource, sys, time

start = time.perf_counter(), time.process_time()
import open_clip, torch  # noqa: E402

mode, folder, *rest = sys.argv[1:]
since = lambda then: dict(wall=time.perf_counter() - then[0], cpu=time.process_time() - then[1])
now = lambda: (time.perf_counter(), time.process_time())
say = lambda value: print(json.dumps(value), flush=True)


def make(name):
    from safetensors.torch import save_file
    torch.manual_seed(0)
    model = open_clip.create_model(name)
    os.makedirs(folder, exist_ok=True)
    save_file({key: value.contiguous() for key, value in model.state_dict().items()}, f"{folder}/open_clip_model.safetensors")
    json.dump(dict(model_cfg=open_clip.get_model_config(name), preprocess_cfg=dict(mean=[0.5] * 3, std=[0.5] * 3)), open(f"{folder}/open_clip_config.json", "w"))


def serve():
    torch.set_num_threads(int(os.environ["THREADS"]))
    imports, before = since(start), now()
    model = open_clip.create_model_from_pretrained(f"local-dir:{folder}", return_transform=False).eval()
    load = since(before)
    if os.environ.get("REPARAMETERIZED"):
        import timm.utils
        model.visual.trunk = timm.utils.reparameterize_model(model.visual.trunk)
    size = open_clip.model.to_2tuple(model.visual.image_size)
    with torch.inference_mode():
        model.encode_image(torch.zeros(1, 3, *size))
        say(dict(imports=imports, load=load, peak=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3))
        for line in sys.stdin:
            pixels = torch.sin(torch.arange(int(line) * 3 * size[0] * size[1], dtype=torch.float32)).reshape(-1, 3, *size)
            before = now()
            embeddings = model.encode_image(pixels)
            say(dict(**since(before), first=embeddings[0].tolist(), peak=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3))


make(*rest) if mode == "make" else serve()
