import type { FieldRules } from '../../files/field-rules.js';

/** Fields that transformers writes into any configuration. */
const ANY_MODEL: FieldRules = {
  harmless: {
    'names and versions': [
      'architectures',
      'model_type',
      'transformers_version',
      'tokenizer_class',
      'finetuning_task',
      'task_specific_params',
    ],
    'number format in Python; the tensors state their own': ['dtype', 'torch_dtype', 'use_bfloat16'],
    'what a Python call returns, not what it computes': [
      ...[
        'output_attentions',
        'output_hidden_states',
        'output_scores',
        'return_dict',
        'return_dict_in_generate',
        'use_cache',
        'torchscript',
      ],
      ...['use_return_dict', 'chunk_size_feed_forward', 'tf_legacy_loss', 'transformers.js_config'],
    ],
    'read for the logits': ['logit_scale', 'logit_bias'],
    'training only': [
      ...[
        'attention_dropout',
        'dropout',
        'hidden_dropout_prob',
        'attention_probs_dropout_prob',
        'classifier_dropout',
        'gradient_checkpointing',
      ],
      ...['initializer_factor', 'initializer_range', 'logit_scale_init_value', 'temperature_init_value'],
    ],
    'heads of other tasks': ['id2label', 'label2id', 'num_labels', 'problem_type', 'tie_word_embeddings', 'tie_encoder_decoder'],
    'text generation only': [
      ...['bad_words_ids', 'begin_suppress_tokens', 'decoder_start_token_id', 'diversity_penalty', 'do_sample', 'early_stopping'],
      ...[
        'encoder_no_repeat_ngram_size',
        'exponential_decay_length_penalty',
        'forced_bos_token_id',
        'forced_eos_token_id',
        'length_penalty',
      ],
      ...['max_length', 'min_length', 'no_repeat_ngram_size', 'num_beam_groups', 'num_beams', 'num_return_sequences', 'prefix'],
      ...['remove_invalid_values', 'repetition_penalty', 'suppress_tokens', 'temperature', 'top_k', 'top_p', 'typical_p'],
    ],
    'token ids, which the tokenizer states': ['bos_token_id', 'eos_token_id', 'pad_token_id', 'sep_token_id'],
  },
  off: {
    ...{ is_decoder: [false], is_encoder_decoder: [false], add_cross_attention: [false], cross_attention_hidden_size: [] },
    ...{ pruned_heads: [{}], auto_map: [{}], quantization_config: [], position_embedding_type: ['absolute'], num_channels: [3] },
  },
};

function extend({ harmless, off }: FieldRules, more: Partial<FieldRules>): FieldRules {
  return { harmless: { ...harmless, ...more.harmless }, off: { ...off, ...more.off } };
}

/** Fields of transformers' configurations by the part of config.json. */
export const HF_FIELDS = {
  model: ANY_MODEL,
  segmentation: extend(ANY_MODEL, {
    harmless: {
      "CLIPSeg's decoder, which no embedding comes from": [
        ...['extract_layers', 'reduce_dim', 'decoder_num_attention_heads', 'decoder_attention_dropout', 'decoder_hidden_act'],
        ...['decoder_intermediate_size', 'conditional_layer', 'use_complex_transposed_convolution'],
      ],
    },
  }),
  text: extend(ANY_MODEL, {
    harmless: {
      'the size of the shared space, which the whole model states': ['projection_dim'],
      "the pooler of BERT's own heads, which Chinese-CLIP leaves out": [
        ...[
          'directionality',
          'pooler_fc_size',
          'pooler_num_attention_heads',
          'pooler_num_fc_layers',
          'pooler_size_per_head',
          'pooler_type',
        ],
      ],
    },
  }),
  efficientnet: extend(ANY_MODEL, {
    harmless: {
      'used in training alone': ['batch_norm_momentum', 'drop_connect_rate'],
      'the number of blocks, which follows from the stages': ['num_hidden_layers'],
    },
  }),
  vision: extend(ANY_MODEL, {
    harmless: { 'the size of the shared space, which the whole model states': ['projection_dim'] },
    off: { vision_use_head: [true] },
  }),
} as const;

/** Switches of OpenCLIP's own transformer blocks, which no published model uses. */
const PLAIN_BLOCKS = {
  ...{ block_type: ['default'], qk_norm: [false], scaled_cosine_attn: [false], scale_heads: [false], scale_attn_inner: [false] },
  ...{ scale_attn: [false], scale_fc: [false] },
};

/** Fields of vision_cfg that OpenCLIP does not pass on to towers other than its own transformer. */
const TRANSFORMER_ONLY = [
  ...['patch_size', 'mlp_ratio', 'ls_init_value', 'no_ln_pre', 'pos_embed_type', 'final_ln_after_pool', 'pool_type'],
  ...['attentional_pool', 'attn_pooler_queries', 'attn_pooler_heads', 'output_tokens', 'act_kwargs', 'norm_kwargs'],
  ...Object.keys(PLAIN_BLOCKS),
];
const TOKENIZER_FIELDS = ['hf_tokenizer_name', 'tokenizer_mode', 'tokenizer_kwargs'];
const HF_TEXT_FIELDS = ['hf_model_pretrained', 'hf_pooler_type', 'hf_proj_type', 'pooler_type', 'proj'];

/** Fields of OpenCLIP's configuration by the part of open_clip_config.json's model_cfg. */
export const OPEN_CLIP_FIELDS = {
  model: {
    harmless: {
      'where tensors are kept, which their names say': ['custom_text', 'nonscalar_logit_scale'],
      'values before training': ['init_logit_scale'],
      "CoCa's decoder of captions, whatever is in it: no embedding comes from it, and its tensors are not read": ['multimodal_cfg'],
      'what a Python call returns, and in what number format': ['output_dict', 'cast_dtype'],
    },
    off: {},
  },
  vision: {
    harmless: {
      'training only': ['patch_dropout'],
      'what a Python call returns': ['output_tokens'],
      'positions are stored with the weights either way': ['pos_embed_type'],
      'only with timm_model_name': ['timm_model_pretrained', 'timm_pool', 'timm_proj', 'timm_proj_bias', 'timm_drop', 'timm_drop_path'],
    },
    off: { timm_model_name: [''], ...PLAIN_BLOCKS },
  },
  timm: {
    harmless: {
      'training only': ['timm_drop', 'timm_drop_path', 'patch_dropout'],
      'where the weights came from': ['timm_model_pretrained'],
      'only without timm_model_name: the name states them': ['layers', 'width', 'head_width', ...TRANSFORMER_ONLY],
    },
    off: {},
  },
  resnet: {
    harmless: {
      'only for transformers': ['patch_dropout', ...TRANSFORMER_ONLY],
      'only with timm_model_name': ['timm_model_pretrained', 'timm_pool', 'timm_proj', 'timm_proj_bias', 'timm_drop', 'timm_drop_path'],
    },
    off: { timm_model_name: [''] },
  },
  text: {
    harmless: {
      'what a Python call returns': ['output_tokens'],
      'read with the tokenizer': TOKENIZER_FIELDS,
      'OpenCLIP 3.3 does not pass it on to the text tower': ['final_ln_after_pool'],
      'only with hf_model_name': ['hf_model_name', ...HF_TEXT_FIELDS],
    },
    off: PLAIN_BLOCKS,
  },
  hfText: {
    harmless: {
      'what a Python call returns': ['output_tokens'],
      'read with the tokenizer': TOKENIZER_FIELDS,
      'where the weights came from': ['hf_model_pretrained'],
      'only without hf_model_name: the name states them': [
        ...['vocab_size', 'width', 'heads', 'layers', 'mlp_ratio', 'ls_init_value', 'embed_cls', 'pad_id', 'eos_id', 'no_causal_mask'],
        ...['final_ln_after_pool', 'pool_type', 'proj_bias', 'proj_type', 'act_kwargs', 'norm_kwargs', ...Object.keys(PLAIN_BLOCKS)],
      ],
    },
    off: {},
  },
} as const satisfies Record<string, FieldRules>;
