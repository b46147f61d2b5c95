"""What the clients of PyPI get from a service at the address in argv[1], as JSON. The photo's path is argv[2]."""

import base64
import json
import sys

import cohere
from huggingface_hub import InferenceClient
from infinity_client import Client as InfinityClient
from infinity_client.api.default import embeddings as infinity_embeddings
from infinity_client.api.default import health as infinity_health
from infinity_client.models import OpenAIEmbeddingInputImage, OpenAIEmbeddingInputText
from infinity_client.vision_client import InfinityVisionAPI
from langchain_community.embeddings import InfinityEmbeddings, jina
from openai import OpenAI
from PIL import Image

address, path = sys.argv[1:3]
with open(path, "rb") as file:
    photo = file.read()
data_url = "data:image/jpeg;base64," + base64.b64encode(photo).decode()

openai = OpenAI(api_key="none", base_url=f"{address}/v1", max_retries=0)
openai_texts = openai.embeddings.create(model="any", input=["a rocket", "a cat"])
openai_image = openai.embeddings.create(model="any", input=data_url, extra_body={"modality": "image"})

zero_shot = InferenceClient(model=f"{address}/hf/zero-shot-image-classification").zero_shot_image_classification(
    path, candidate_labels=["rocket", "cat"], hypothesis_template="a photo of a {}"
)

infinity = InfinityClient(base_url=f"{address}/v1", raise_on_unexpected_status=True)
infinity_image = infinity_embeddings.sync(client=infinity, body=OpenAIEmbeddingInputImage(input_=[data_url], model="any"))
infinity_text = infinity_embeddings.sync(client=infinity, body=OpenAIEmbeddingInputText(input_=["a rocket"], model="any"))
infinity_health.sync_detailed(client=infinity)
vision = InfinityVisionAPI(url=address, model="any")  # sends the picture as a JPEG that it writes itself
vision_images, _ = vision.image_embed("any", [Image.open(path)]).result()
vision_texts, _ = vision.embed("any", ["a rocket"]).result()

langchain_infinity = InfinityEmbeddings(model="any", infinity_api_url=f"{address}/v1").embed_query("a rocket")
jina.JINA_API_URL = f"{address}/v1/embeddings"
langchain_jina = jina.JinaEmbeddings(jina_api_key="none", model_name="any")

cohere_client = cohere.ClientV2(api_key="none", base_url=address)
cohere_text = cohere_client.embed(model="any", input_type="search_query", texts=["a rocket"], embedding_types=["float"])
cohere_image = cohere_client.embed(model="any", input_type="image", images=[data_url], embedding_types=["float"])

print(
    json.dumps(
        {
            "openaiTexts": [item.embedding for item in openai_texts.data],
            "openaiImage": openai_image.data[0].embedding,
            "zeroShot": [{"label": item.label, "score": item.score} for item in zero_shot],
            "infinityImage": infinity_image.data[0].embedding,
            "infinityText": infinity_text.data[0].embedding,
            "visionShape": list(vision_images[0].shape),
            "visionText": vision_texts[0][0].tolist(),
            "langchainInfinity": langchain_infinity,
            "jinaImage": langchain_jina.embed_images([path])[0],
            "jinaText": langchain_jina.embed_query("a rocket"),
            "cohereText": cohere_text.embeddings.float_[0],
            "cohereImage": cohere_image.embeddings.float_[0],
        }
    )
)
