import { LabelwiseError } from '../../../errors.js';

/** The part of SentencePiece's format that tokens are made by; numbers as in sentencepiece_model.proto (https://github.com/google/sentencepiece, Apache-2.0). */
const SCHEMA = `
  syntax = "proto2";
  package sentencepiece;
  message ModelProto { repeated Piece pieces = 1; optional TrainerSpec trainer_spec = 2; optional NormalizerSpec normalizer_spec = 3; }
  message Piece { optional string piece = 1; optional float score = 2; optional int32 type = 3 [default = 1]; }
  message TrainerSpec { optional int32 model_type = 3 [default = 1]; optional bool treat_whitespace_as_suffix = 24; optional bool byte_fallback = 35; optional int32 unk_id = 40 [default = 0]; }
  message NormalizerSpec { optional bytes precompiled_charsmap = 2; optional bool add_dummy_prefix = 3 [default = true]; optional bool remove_extra_whitespaces = 4 [default = true]; optional bool escape_whitespaces = 5 [default = true]; }
`;

/** Kinds of pieces. */
export const PIECE = { normal: 1, unknown: 2, control: 3, defined: 4, unused: 5, byte: 6 } as const;

export interface SentencePiece {
  readonly pieces: readonly { readonly piece: string; readonly score: number; readonly type: number }[];
  readonly isBpe: boolean;
  readonly unknownId: number;
  /** How characters are normalised, in base64; empty where they are not. */
  readonly charsmap: string;
  /** A text begins with a space, whether it has one or not. */
  readonly addsPrefix: boolean;
  /** Runs of spaces become one, and none are kept at the ends. */
  readonly removesSpaces: boolean;
}

/** Reads a SentencePiece model. @throws LabelwiseError `CHECKPOINT_DAMAGED` or `CHECKPOINT_UNSUPPORTED` */
export async function parseSentencePiece(bytes: Uint8Array, file: string): Promise<SentencePiece> {
  const { default: protobuf } = await import('protobufjs');
  const type = protobuf.parse(SCHEMA, { keepCase: true }).root.lookupType('sentencepiece.ModelProto');
  let model: Proto;
  try {
    model = type.decode(bytes) as unknown as Proto;
  } catch (cause) {
    throw damaged(file, cause);
  }
  const { pieces = [], trainer_spec: trainer, normalizer_spec: normalizer } = model;
  if (pieces.length === 0 || !pieces.every(({ piece }) => typeof piece === 'string' && piece !== '')) throw damaged(file);
  const kind = trainer?.model_type ?? 1;
  if (kind > 2 || trainer?.treat_whitespace_as_suffix || normalizer?.escape_whitespaces === false)
    throw new LabelwiseError('CHECKPOINT_UNSUPPORTED', `labelwise does not support the kind of SentencePiece model in ${file}.`, {
      hint: 'It supports Unigram and BPE with the space before a word.',
    });
  return {
    pieces: pieces.map(({ piece, score, type }) => ({ piece, score, type })),
    isBpe: kind === 2,
    unknownId: trainer?.unk_id ?? 0,
    charsmap: Buffer.from(normalizer?.precompiled_charsmap ?? []).toString('base64'),
    addsPrefix: normalizer?.add_dummy_prefix ?? true,
    removesSpaces: normalizer?.remove_extra_whitespaces ?? true,
  };
}

interface Proto {
  readonly pieces?: readonly { piece: string; score: number; type: number }[];
  readonly trainer_spec?: { model_type: number; treat_whitespace_as_suffix?: boolean; unk_id: number };
  readonly normalizer_spec?: {
    precompiled_charsmap?: Uint8Array;
    add_dummy_prefix: boolean;
    remove_extra_whitespaces: boolean;
    escape_whitespaces: boolean;
  };
}

const damaged = (file: string, cause?: unknown): LabelwiseError =>
  new LabelwiseError('CHECKPOINT_DAMAGED', `${file} is not a SentencePiece model: it is cut short or broken.`, {
    hint: 'Download the file from the repository on the hub.',
    cause,
  });
