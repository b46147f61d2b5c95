"""Python's side of beside-open-clip.mjs.

  beside-open-clip.py make FOLDER NAME   a checkpoint of one of open_clip's configurations at full size with random weights, as its push writes it;
                                         `naflex`: SigLIP 2 B/16 NaFlex, as transformers writes it
  beside-open-clip.py serve FOLDER       loads it, then runs the image tower once for each line of stdin, which holds the batch size
"""
import json, os, resource, shutil, sys, time

start = time.perf_counter(), time.process_time()
import torch  # noqa: E402

mode, folder, *rest = sys.argv[1:]
is_naflex = os.path.exists(f"{folder}/config.json") or rest == ["naflex"]
if is_naflex:
    import transformers
    from transformers import Siglip2Model
else:
    import open_clip
since = lambda then: dict(wall=time.perf_counter() - then[0], cpu=time.process_time() - then[1])
now = lambda: (time.perf_counter(), time.process_time())
say = lambda value: print(json.dumps(value), flush=True)


def make(name):
    os.makedirs(folder, exist_ok=True)
    torch.manual_seed(0)
    parity = f"{os.path.dirname(os.path.abspath(__file__))}/../tests/parity"
    source = f"{parity}/families/naflex" if name == "naflex" else f"{parity}/towers/EVA02-B-16"
    for file in ("tokenizer.json", "tokenizer_config.json"):  # labelwise asks for one; no text is encoded
        shutil.copy(f"{source}/{file}", folder)
    if name == "naflex":
        Siglip2Model(transformers.Siglip2Config(text_config=dict(vocab_size=256000))).save_pretrained(folder)
        processor = json.load(open(f"{source}/processor_config.json"))
        processor["image_processor"].update(max_num_patches=256, patch_size=16)
        json.dump(processor, open(f"{folder}/processor_config.json", "w"))
        return
    from safetensors.torch import save_file
    model = open_clip.create_model(name)
    save_file({key: value.contiguous() for key, value in model.state_dict().items()}, f"{folder}/open_clip_model.safetensors")
    json.dump(dict(model_cfg=open_clip.get_model_config(name), preprocess_cfg=dict(mean=[0.5] * 3, std=[0.5] * 3)), open(f"{folder}/open_clip_config.json", "w"))


def load_model():
    """The model, the side of its images, and a call that embeds pixels [n, 3, side, side]."""
    if is_naflex:
        model = Siglip2Model.from_pretrained(folder).eval()

        def embed(pixels):  # as patches: a row of 16 x 16 pixels with 3 channels each
            grid = pixels.shape[-1] // 16
            patches = pixels.reshape(-1, 3, grid, 16, grid, 16).permute(0, 2, 4, 3, 5, 1).reshape(len(pixels), grid**2, -1)
            mask, shapes = torch.ones(len(pixels), grid**2, dtype=torch.int64), torch.tensor([[grid, grid]] * len(pixels))
            return model.get_image_features(pixel_values=patches, pixel_attention_mask=mask, spatial_shapes=shapes).pooler_output
        return model, 256, embed
    model = open_clip.create_model_from_pretrained(f"local-dir:{folder}", return_transform=False).eval()
    return model, open_clip.model.to_2tuple(model.visual.image_size)[0], model.encode_image


def serve():
    torch.set_num_threads(int(os.environ["THREADS"]))
    imports, before = since(start), now()
    model, side, embed = load_model()
    load = since(before)
    if os.environ.get("REPARAMETERIZED"):
        import timm.utils
        model.visual.trunk = timm.utils.reparameterize_model(model.visual.trunk)
    with torch.inference_mode():
        embed(torch.zeros(1, 3, side, side))
        say(dict(imports=imports, load=load, peak=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3))
        for line in sys.stdin:
            pixels = torch.sin(torch.arange(int(line) * 3 * side**2, dtype=torch.float32)).reshape(-1, 3, side, side)
            before = now()
            embeddings = embed(pixels)
            say(dict(**since(before), first=embeddings[0].tolist(), peak=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3))


make(*rest) if mode == "make" else serve()
