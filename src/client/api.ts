// Made by `npm run docs` from the OpenAPI document of the service. Do not edit.

export type ClassifyResult = {
  model: string;
  results: (Classified | {
    image: string;
    error: ItemError;
  })[];
  /** What may make the answers worse, such as words that the model does not know. */
  warnings: string[];
};

export type Classified = {
  image: string;
  predictions: Prediction[];
  /** With a tree of labels: the most precise label that is likely, after those above it. */
  levels?: string[] | undefined;
  /** With `none`: whether the image shows none of the labels. */
  none?: {
    probability: number;
    isNone: boolean;
  } | undefined;
  /** With `multiple`: the labels that the image shows. */
  shown?: string[] | undefined;
  explanation?: Explanation | undefined;
};

export type Prediction = {
  label: string;
  /** Cosine of the image and the class embedding. */
  similarity: number;
  distance: number;
  logit: number | null;
  /** Over all labels, however many predictions are kept. */
  probability: number | null;
};

export type Explanation = {
  label: string;
  /** The second label, and by how much its similarity is less. */
  runnerUp?: {
    label: string;
    margin: number;
  } | undefined;
  /** Labels that mean most nearly the same to the model. */
  nearestLabels: {
    label: string;
    similarity: number;
  }[];
  /** Which label would be first with one template alone. */
  byTemplate: {
    template: string;
    label: string;
    margin: number;
  }[];
  heatMap?: {
    /** 7 rows of 7, from 0 to 1; 1 is the part that matters most. */
    cells: number[];
    /** The share of the answer's lead that is lost when that part is hidden. */
    largestDrop: number;
  } | undefined;
};

export type ItemError = {
  code: string;
  message: string;
  hint?: string | undefined;
};

export type Problem = {
  type: string;
  title: string;
  status: number;
  detail: string;
  /** A stable name of the failure. */
  code: string;
  /** What to do. */
  hint?: string | undefined;
  requestId: string;
  /** The same for the clients of OpenAI, in answers about embeddings. */
  error?: {
    message: string;
    type: string;
    code: string;
    param: null;
  } | undefined;
};

export type ClassifyRequest = {
  labels?: string[] | undefined;
  /** A label table of the database, in place of `labels`. */
  labelTable?: string | undefined;
  /** A label set that is stored or ships with labelwise, in place of `labels`. Its examples count. */
  labelSet?: string | undefined;
  /** A former version of a stored label set. */
  labelSetVersion?: number | undefined;
  /** Prompt templates with one {} each. */
  templates?: string[] | undefined;
  /** A template set that ships with labelwise. */
  templateSet?: string | undefined;
  scoring?: 'softmax' | 'sigmoid' | undefined;
  /** Allow the answer "none of these". */
  none?: boolean | undefined;
  /** With `none`: of the images that get a label, the largest share that may show none of them; 0.5 by default. */
  noneRate?: number | undefined;
  /** Decide each label by itself: an image may show several, or none. `shown` then has those that are likely enough. */
  multiple?: boolean | undefined;
  /** With `multiple`: the smallest probability of a label that is shown. */
  minProbability?: number | undefined;
  /** Also say what speaks for the answer. */
  explain?: boolean | undefined;
  /** With `explain`: also which parts of the image the answer depends on. Takes as long as 65 images; 4 images a request at most. */
  heatMap?: boolean | undefined;
  /** How many predictions to keep; 5 by default. */
  topK?: number | undefined;
  /** Images as base64 or data URLs. */
  images: string[];
};

export type ClassifyForm = {
  /** One file or several. */
  image?: Blob[] | undefined;
  /** Comma-separated, or repeated. */
  labels?: (string | string[]) | undefined;
  /** A label table of the database, in place of `labels`. */
  labelTable?: string | undefined;
  /** A label set that is stored or ships with labelwise, in place of `labels`. Its examples count. */
  labelSet?: string | undefined;
  /** A former version of a stored label set. */
  labelSetVersion?: number | undefined;
  /** One template, or the field repeated. */
  templates?: (string | string[]) | undefined;
  /** A template set that ships with labelwise. */
  templateSet?: string | undefined;
  scoring?: 'softmax' | 'sigmoid' | undefined;
  /** Allow the answer "none of these". */
  none?: 'true' | 'false' | undefined;
  /** With `none`: of the images that get a label, the largest share that may show none of them; 0.5 by default. */
  noneRate?: number | null | undefined;
  /** Decide each label by itself: an image may show several, or none. `shown` then has those that are likely enough. */
  multiple?: 'true' | 'false' | undefined;
  /** With `multiple`: the smallest probability of a label that is shown. */
  minProbability?: number | null | undefined;
  /** Also say what speaks for the answer. */
  explain?: 'true' | 'false' | undefined;
  /** With `explain`: also which parts of the image the answer depends on. Takes as long as 65 images; 4 images a request at most. */
  heatMap?: 'true' | 'false' | undefined;
  topK?: number | undefined;
};

export type RankResult = {
  results: {
    predictions: Prediction[];
    /** With a tree of labels: the most precise label that is likely, after those above it. */
    levels?: string[] | undefined;
    /** With `none`: whether the image shows none of the labels. */
    none?: {
      probability: number;
      isNone: boolean;
    } | undefined;
    /** With `multiple`: the labels that the image shows. */
    shown?: string[] | undefined;
  }[];
  warnings: string[];
};

export type RankRequest = {
  labels?: string[] | undefined;
  /** A label table of the database, in place of `labels`. */
  labelTable?: string | undefined;
  /** A label set that is stored or ships with labelwise, in place of `labels`. Its examples count. */
  labelSet?: string | undefined;
  /** A former version of a stored label set. */
  labelSetVersion?: number | undefined;
  /** Prompt templates with one {} each. */
  templates?: string[] | undefined;
  /** A template set that ships with labelwise. */
  templateSet?: string | undefined;
  scoring?: 'softmax' | 'sigmoid' | undefined;
  /** Allow the answer "none of these". */
  none?: boolean | undefined;
  /** With `none`: of the images that get a label, the largest share that may show none of them; 0.5 by default. */
  noneRate?: number | undefined;
  /** Decide each label by itself: an image may show several, or none. `shown` then has those that are likely enough. */
  multiple?: boolean | undefined;
  /** With `multiple`: the smallest probability of a label that is shown. */
  minProbability?: number | undefined;
  /** How many predictions to keep; 5 by default. */
  topK?: number | undefined;
  /** Images as `/v1/embeddings` gives them with `"encoding_format": "base64"`. */
  embeddings: string[];
  /** The model that made them: `fingerprint` of `/v1/models`. */
  fingerprint: string;
};

export type EmbeddingsResult = {
  object: 'list';
  model: string;
  data: {
    object: 'embedding';
    index: number;
    embedding: (number[] | string);
  }[];
  usage: {
    prompt_tokens: number;
    total_tokens: number;
  };
};

export type EmbeddingsRequest = {
  /** Texts; images too, as objects with `image`, or with `modality`. */
  input?: (string | {
    text: string;
  } | {
    image: string;
  } | {
    url: string;
  } | {
    bytes: string;
  } | (string | {
    text: string;
  } | {
    image: string;
  } | {
    url: string;
  } | {
    bytes: string;
  })[]) | undefined;
  /** One message of a user with one image or one text, in place of `input`: the protocol of vLLM. */
  messages?: {
    role: 'user';
    content: (string | {
      type: string;
    }[]);
  }[] | undefined;
  /** Not read: the service runs one model, and the answer names it. */
  model?: string | undefined;
  /** What the texts of `input` are; images are base64 or data URLs. `text` by default. */
  modality?: 'text' | 'image' | undefined;
  encoding_format?: 'float' | 'base64' | undefined;
  /** Another name of `encoding_format`. */
  encoding_type?: 'float' | 'base64' | undefined;
  embedding_type?: ('float' | 'base64' | ('float' | 'base64')[]) | undefined;
  /** Nothing but the model's own dimension. 0 means that. */
  dimensions?: number | undefined;
  user?: string | null | undefined;
  normalized?: true | undefined;
  truncate?: true | undefined;
  late_chunking?: false | undefined;
  add_generation_prompt?: false | undefined;
  continue_final_message?: false | undefined;
  /** Not read: texts are tokenised as the model was trained. */
  add_special_tokens?: boolean | undefined;
  padding?: 'max_length' | undefined;
  truncate_prompt_tokens?: -1 | undefined;
  normalize?: true | undefined;
  priority?: number | undefined;
  request_id?: string | undefined;
};

export type SearchResult = {
  images: Image[];
  isNothingRelevant: boolean;
  /** Where the next page begins, whatever comes or goes meanwhile; null at the end. */
  nextCursor: string | null;
  /** The same for `offset`; null at the end, and after a `cursor`. */
  nextOffset: number | null;
  notes: string[];
};

export type Image = {
  /** The content hash: the same bytes have the same id everywhere. */
  id: string;
  name: string;
  /** The folder by its name; null where the library does not name it any more. */
  folder: string | null;
  rank?: number | undefined;
  similarity?: number | null | undefined;
  tagProbability?: number | null | undefined;
  width: number | null;
  height: number | null;
  format: string | null;
  takenAt: string | null;
  /** Where the date comes from. `mtime` is when the file was last changed, which says nothing of the photo. */
  takenAtSource: 'exif' | 'xmp' | 'iptc' | 'name' | 'mtime' | null;
  camera: string | null;
};

export type SearchRequest = {
  /** Words, tags and keywords of other programs: "on the beach tag:dog -tag:cat keyword:holiday". */
  query?: string | undefined;
  /** More words, each with a weight if it is not 1: "at sunset^0.5". */
  texts?: string[] | undefined;
  /** What images should not show. */
  without?: string[] | undefined;
  /** Ids of images to find similar ones to. */
  similarTo?: string[] | undefined;
  /** Images to find similar ones to, as base64 or data URLs. */
  images?: string[] | undefined;
  /** Embed words as they are, without templates. */
  plain?: boolean | undefined;
  /** Prompt templates with one {} each. */
  templates?: string[] | undefined;
  /** A template set that ships with labelwise. */
  templateSet?: string | undefined;
  /** A folder by its name, as `GET /v1/folders` lists it, or a folder in it. */
  folder?: string | undefined;
  /** Taken on this day or later. */
  after?: string | undefined;
  /** Taken before this day. */
  before?: string | undefined;
  /** A part of the camera's name. */
  camera?: string | undefined;
  format?: string | undefined;
  /** A part of the title. */
  title?: string | undefined;
  /** A part of the caption. */
  caption?: string | undefined;
  /** Taken near this place, in degrees north and east. */
  near?: string | undefined;
  /** How near; 10km by default. */
  within?: string | undefined;
  /** Rated at least so high, 1 to 5, by other programs. */
  minRating?: number | undefined;
  /** In pixels. */
  minWidth?: number | undefined;
  /** In pixels. */
  minHeight?: number | undefined;
  /** With words or images, `similarity` is the default. `date`: the newest first, of all that is found, or of each page where words leave nothing out (no `relevant` and no `minSimilarity`). */
  sort?: 'similarity' | 'date' | undefined;
  minSimilarity?: number | undefined;
  /** Keep only what stands out from the collection. */
  relevant?: boolean | undefined;
  /** How many images a page has; 10 by default. */
  topK?: number | undefined;
  /** Skip this many images. Where images may come or go between pages, use `cursor`. */
  offset?: number | undefined;
  /** `nextCursor` of the page before. Beside it, only `topK` may be given: the cursor holds the search. */
  cursor?: string | undefined;
};

export type ImageList = {
  images: Image[];
  /** How many images pass the filters. */
  total: number;
  nextCursor: string | null;
  notes: string[];
};

export type AddedImages = {
  results: ({
    image: string;
    id: string;
    /** False where the library had these bytes already. */
    isNew: boolean;
  } | {
    image: string;
    error: {
      code: string;
      message: string;
      hint?: string | undefined;
    };
  })[];
};

export type AddImagesForm = {
  /** One file or several. */
  image?: Blob[] | undefined;
};

export type ImageDetail = {
  /** The content hash: the same bytes have the same id everywhere. */
  id: string;
  name: string;
  /** The folder by its name; null where the library does not name it any more. */
  folder: string | null;
  width: number | null;
  height: number | null;
  format: string | null;
  takenAt: string | null;
  /** Where the date comes from. `mtime` is when the file was last changed, which says nothing of the photo. */
  takenAtSource: 'exif' | 'xmp' | 'iptc' | 'name' | 'mtime' | null;
  camera: string | null;
  sizeBytes: number;
  addedAt: string;
  latitude: number | null;
  longitude: number | null;
  /** Whether the service keeps the file itself. DELETE then removes it from disk. */
  isUploaded: boolean;
  /** All names of the picture. */
  names: {
    name: string;
    folder: string | null;
  }[];
  tags: Tag[];
  corrections: Correction[];
};

export type Tag = {
  tag: string;
  /** Null where a person added the tag. */
  probability: number | null;
  /** Null where a person added the tag. */
  tagSet: string | null;
};

export type Correction = {
  /** Give it to DELETE /v1/images/{id}/corrections/{correction} to undo the correction. */
  id: string;
  tag: string;
  change: 'added' | 'removed';
  correctedAt: string;
  /** The correction that this one took the place of; null where the tag was as models left it. */
  replaced: {
    change: 'added' | 'removed';
    correctedAt: string;
  } | null;
};

export type RemovedImage = {
  id: string;
  /** Files that the service kept, which are gone from disk. */
  deletedFiles: number;
  /** Files in folders of the library, which stay on disk: only the index forgot them, and the next index run finds them again. */
  forgottenFiles: number;
};

export type Folders = {
  folders: {
    name: string;
    /** Whether POST /v1/jobs may bring it up to date. */
    canBeIndexed: boolean;
  }[];
};

export type Corrected = {
  id: string;
  /** The tags that the image has now. */
  tags: Tag[];
  /** What was corrected, each with what it took the place of. */
  corrections: Correction[];
};

export type TagChange = {
  /** Tags that the image shows. */
  add?: string[] | undefined;
  /** Tags that it does not show. */
  remove?: string[] | undefined;
};

export type TagList = {
  /** All tags that the image is to have; others are removed. */
  tags: string[];
};

export type UndoneCorrection = {
  id: string;
  tag: string;
  tags: Tag[];
};

export type TagSets = {
  tagSets: {
    name: string;
    labels: number;
    /** How many tags it gave. */
    tags: number;
    /** How many images were looked at. */
    images: number;
    minProbability: number;
    model: string;
    createdAt: string;
  }[];
};

export type TagCounts = {
  /** The most frequent first. */
  tags: {
    tag: string;
    images: number;
  }[];
};

export type LabelSets = {
  labelSets: {
    name: string;
    source: 'stored' | 'shipped';
    /** Of a stored label set. */
    version?: number | undefined;
    createdAt?: string | undefined;
    /** The model that embedded a stored label set. */
    model?: string | undefined;
    labels: number;
  }[];
};

export type LabelSet = {
  name: string;
  source: 'stored' | 'shipped';
  /** Of a stored label set. */
  version?: number | undefined;
  createdAt?: string | undefined;
  /** The model that embedded a stored label set. */
  model?: string | undefined;
  labels: Label[];
  /** Of a stored label set; one that ships takes those of the request. */
  templates?: string[] | undefined;
  /** All versions, oldest first. */
  versions: {
    version: number;
    createdAt: string;
  }[];
};

export type Label = {
  name: string;
  /** What prompts call it. */
  promptName: string;
  synonyms: string[];
  /** The label that this one is a kind of. */
  parent?: string | undefined;
};

export type StoreLabelSet = {
  labels: (string | {
    label: string;
    promptName?: string | undefined;
    synonyms?: string[] | undefined;
    parent?: string | undefined;
  })[];
  /** Prompt templates with one {} each. */
  templates?: string[] | undefined;
  /** A template set that ships with labelwise. */
  templateSet?: string | undefined;
};

export type TemplateSets = {
  templateSets: {
    name: string;
    templates: string[];
  }[];
};

export type Examples = {
  examples: {
    label: string;
    id: string;
    /** False where a person said that the image does not show the label. */
    isPositive: boolean;
    source: string;
    addedAt: string;
  }[];
};

export type Lesson = {
  name: string;
  model: string;
  added: number;
  /** Images that were examples of their label already. */
  known: number;
  forgotten: number;
  /** How many the label set has now. */
  examples: number;
  /** How many labels have examples now. */
  labels: number;
  /** Examples that are answered right without examples, and with all the others; null where no label has two. */
  leaveOneOut: {
    photos: number;
    before: number;
    after: number;
  } | null;
  /** (after - before) / photos. */
  gain: number | null;
  /** The gain in words. */
  summary: string;
  failed: {
    image: string;
    error: ItemError;
  }[];
};

export type TeachRequest = {
  /** Images that show a label: of the library by their ids, or as bytes. */
  examples?: ({
    label: string;
    /** A content hash, or its beginning. */
    id: string;
  } | {
    label: string;
    /** Base64 or a data URL. */
    image: string;
  })[] | undefined;
  /** Learn from all corrections of tags by hand, in place of those learnt before. */
  fromCorrections?: boolean | undefined;
};

export type TeachForm = {
  /** Images that show the label. */
  image?: Blob[] | undefined;
  label: string;
};

export type Job = {
  id: string;
  kind: 'index';
  state: 'queued' | 'running' | 'done' | 'failed' | 'cancelled';
  folders: string[];
  createdAt: string;
  startedAt: string | null;
  endedAt: string | null;
  progress: {
    done: number;
    /** Null while files are looked for. */
    total: number | null;
  } | null;
  summary: {
    found: number;
    unchanged: number;
    encoded: number;
    known: number;
    removed: number;
    stillFailed: number;
    failedFiles: number;
    /** The first 100 files that could not be used. */
    failed: {
      name: string;
      error: ItemError;
    }[];
    /** Folders that are not there, or are empty now. */
    missing: {
      name: string;
      error: ItemError;
    }[];
  } | null;
  error: (ItemError | null);
  warnings: string[];
};

export type StartJob = {
  /** Bring folders of the library up to date. */
  kind: 'index';
  /** Folders by their names, as `GET /v1/folders` lists them. All by default. */
  folders?: string[] | undefined;
  /** Remove the images of a folder that is now empty. */
  allowEmpty?: boolean | undefined;
  /** Also embed the four corners of each image, to find what is small in it. The index remembers it. */
  crops?: boolean | undefined;
};

export type Jobs = {
  /** The newest first. */
  jobs: Job[];
};

export type ReloadedModel = {
  model: string;
  fingerprint: string;
};

export type ReloadRequest = {
  /** The model that is expected, as `GET /v1/models` names it. */
  model?: string | undefined;
};

/** Each operation of the service: what it takes, and what it answers. */
export interface Operations {
  /** Rank labels for images. POST /v1/classify */
  classify: {
    request: (ClassifyRequest | ClassifyForm);
    answer: ClassifyResult;
  };
  /** Rank labels for images that are embedded already. POST /v1/rank */
  rank: {
    request: RankRequest;
    answer: RankResult;
  };
  /** Embed texts or images. POST /v1/embeddings */
  embed: {
    request: EmbeddingsRequest;
    answer: EmbeddingsResult;
  };
  /** Find images of the library. POST /v1/search */
  search: {
    request: SearchRequest;
    answer: SearchResult;
  };
  /** The label tables of the database. GET /v1/label-tables */
  listLabelTables: {
    request: Record<string, never>;
    answer: {
      labelTables: {
        name: string;
        labels: number;
        model: string;
      }[];
    };
  };
  /** The images of the library. GET /v1/images */
  listImages: {
    request: {
      /** Only images with this tag; repeat it for several. */
      tag?: (string | string[]) | undefined;
      /** Only images without this tag; repeat it for several. */
      withoutTag?: (string | string[]) | undefined;
      /** Only images that other programs gave this keyword; repeat it for several. */
      keyword?: (string | string[]) | undefined;
      /** Only images without this keyword; repeat it for several. */
      withoutKeyword?: (string | string[]) | undefined;
      /** A folder by its name, as `GET /v1/folders` lists it, or a folder in it. */
      folder?: string | undefined;
      /** Taken on this day or later. */
      after?: string | undefined;
      /** Taken before this day. */
      before?: string | undefined;
      /** A part of the camera's name. */
      camera?: string | undefined;
      format?: string | undefined;
      /** A part of the title. */
      title?: string | undefined;
      /** A part of the caption. */
      caption?: string | undefined;
      /** Taken near this place, in degrees north and east. */
      near?: string | undefined;
      /** How near; 10km by default. */
      within?: string | undefined;
      /** Rated at least so high, 1 to 5, by other programs. */
      minRating?: number | undefined;
      /** In pixels. */
      minWidth?: number | undefined;
      /** In pixels. */
      minHeight?: number | undefined;
      /** `taken` by default: the newest first, and images without a date last. */
      sort?: 'taken' | 'added' | 'name' | undefined;
      /** `desc` by default, and `asc` for names. */
      order?: 'asc' | 'desc' | undefined;
      /** How many images a page has; 50 by default. */
      topK?: number | undefined;
      /** `nextCursor` of the page before. Beside it, only `topK` may be given. */
      cursor?: string | undefined;
    };
    answer: ImageList;
  };
  /** Add images to the library. POST /v1/images */
  addImages: {
    request: AddImagesForm;
    answer: AddedImages;
  };
  /** The facts and tags of one image. GET /v1/images/{id} */
  getImage: {
    request: {
      /** A content hash, or its beginning. */
      id: string;
    };
    answer: ImageDetail;
  };
  /** Remove an image from the library. DELETE /v1/images/{id} */
  removeImage: {
    request: {
      /** A whole content hash. */
      id: string;
    };
    answer: RemovedImage;
  };
  /** A small JPEG of one image. GET /v1/images/{id}/thumbnail */
  getThumbnail: {
    request: {
      /** A content hash, or its beginning. */
      id: string;
      side?: number | undefined;
    };
    answer: Blob;
  };
  /** The folders of the library, by their names. GET /v1/folders */
  listFolders: {
    request: Record<string, never>;
    answer: Folders;
  };
  /** Add tags to an image and remove tags, by hand. PATCH /v1/images/{id}/tags */
  correctTags: {
    request: {
      /** A whole content hash. */
      id: string;
    } & TagChange;
    answer: Corrected;
  };
  /** Set the tags of an image by hand. PUT /v1/images/{id}/tags */
  setTags: {
    request: {
      /** A whole content hash. */
      id: string;
    } & TagList;
    answer: Corrected;
  };
  /** Undo a correction. DELETE /v1/images/{id}/corrections/{correction} */
  undoCorrection: {
    request: {
      /** A whole content hash. */
      id: string;
      correction: string;
    };
    answer: UndoneCorrection;
  };
  /** The tag sets that models gave. GET /v1/tag-sets */
  listTagSets: {
    request: Record<string, never>;
    answer: TagSets;
  };
  /** All tags of the library, after corrections. GET /v1/tags */
  listTags: {
    request: Record<string, never>;
    answer: TagCounts;
  };
  /** The label sets: stored ones, and those that ship. GET /v1/label-sets */
  listLabelSets: {
    request: Record<string, never>;
    answer: LabelSets;
  };
  /** One label set with its labels and versions. GET /v1/label-sets/{name} */
  getLabelSet: {
    request: {
      /** The name of a label set. */
      name: string;
      /** A former version. */
      version?: number | undefined;
    };
    answer: LabelSet;
  };
  /** Store a label set, as a new version where there is one. PUT /v1/label-sets/{name} */
  storeLabelSet: {
    request: {
      /** The name of a label set. */
      name: string;
    } & StoreLabelSet;
    answer: LabelSet;
  };
  /** Delete a stored label set with all its versions. DELETE /v1/label-sets/{name} */
  deleteLabelSet: {
    request: {
      /** The name of a label set. */
      name: string;
    };
    answer: undefined;
  };
  /** The template sets that ship with labelwise. GET /v1/template-sets */
  listTemplateSets: {
    request: Record<string, never>;
    answer: TemplateSets;
  };
  /** The examples of a label set. GET /v1/label-sets/{name}/examples */
  listExamples: {
    request: {
      /** The name of a label set. */
      name: string;
    };
    answer: Examples;
  };
  /** Improve a label set with a few example images. POST /v1/label-sets/{name}/examples */
  teach: {
    request: {
      /** The name of a label set. */
      name: string;
    } & (TeachRequest | TeachForm);
    answer: Lesson;
  };
  /** Forget examples: all, those of a label, or one. DELETE /v1/label-sets/{name}/examples */
  forgetExamples: {
    request: {
      /** The name of a label set. */
      name: string;
      /** Forget the examples of this label; without it, all. */
      label?: string | undefined;
      /** With `label`: forget this example alone. */
      id?: string | undefined;
    };
    answer: Lesson;
  };
  /** Bring folders of the library up to date. POST /v1/jobs */
  startJob: {
    request: StartJob;
    answer: Job;
  };
  /** The jobs since the service was started. GET /v1/jobs */
  listJobs: {
    request: Record<string, never>;
    answer: Jobs;
  };
  /** One job with its progress. GET /v1/jobs/{id} */
  getJob: {
    request: {
      /** The id of a job. */
      id: string;
    };
    answer: Job;
  };
  /** Cancel a job. DELETE /v1/jobs/{id} */
  cancelJob: {
    request: {
      /** The id of a job. */
      id: string;
    };
    answer: Job;
  };
  /** The progress of a job as it happens. GET /v1/jobs/{id}/events */
  followJob: {
    request: {
      /** The id of a job. */
      id: string;
    };
    answer: AsyncGenerator<Job>;
  };
  /** Open the model again. POST /v1/models/reload */
  reloadModel: {
    request: ReloadRequest;
    answer: ReloadedModel;
  };
  /** The model that answers. GET /v1/models */
  listModels: {
    request: Record<string, never>;
    answer: {
      object: 'list';
      data: {
        id: string;
        object: 'model';
        owned_by: string;
        fingerprint: string;
        scoring: string;
      }[];
    };
  };
}

/** Where each operation is. */
export const ROUTES = {
  classify: { method: 'POST', path: '/v1/classify', answer: 'json' },
  rank: { method: 'POST', path: '/v1/rank', answer: 'json' },
  embed: { method: 'POST', path: '/v1/embeddings', answer: 'json' },
  search: { method: 'POST', path: '/v1/search', answer: 'json' },
  listLabelTables: { method: 'GET', path: '/v1/label-tables', answer: 'json' },
  listImages: { method: 'GET', path: '/v1/images', answer: 'json' },
  addImages: { method: 'POST', path: '/v1/images', answer: 'json' },
  getImage: { method: 'GET', path: '/v1/images/{id}', answer: 'json' },
  removeImage: { method: 'DELETE', path: '/v1/images/{id}', answer: 'json' },
  getThumbnail: { method: 'GET', path: '/v1/images/{id}/thumbnail', answer: 'blob' },
  listFolders: { method: 'GET', path: '/v1/folders', answer: 'json' },
  correctTags: { method: 'PATCH', path: '/v1/images/{id}/tags', answer: 'json' },
  setTags: { method: 'PUT', path: '/v1/images/{id}/tags', answer: 'json' },
  undoCorrection: { method: 'DELETE', path: '/v1/images/{id}/corrections/{correction}', answer: 'json' },
  listTagSets: { method: 'GET', path: '/v1/tag-sets', answer: 'json' },
  listTags: { method: 'GET', path: '/v1/tags', answer: 'json' },
  listLabelSets: { method: 'GET', path: '/v1/label-sets', answer: 'json' },
  getLabelSet: { method: 'GET', path: '/v1/label-sets/{name}', answer: 'json' },
  storeLabelSet: { method: 'PUT', path: '/v1/label-sets/{name}', answer: 'json' },
  deleteLabelSet: { method: 'DELETE', path: '/v1/label-sets/{name}', answer: 'nothing' },
  listTemplateSets: { method: 'GET', path: '/v1/template-sets', answer: 'json' },
  listExamples: { method: 'GET', path: '/v1/label-sets/{name}/examples', answer: 'json' },
  teach: { method: 'POST', path: '/v1/label-sets/{name}/examples', answer: 'json' },
  forgetExamples: { method: 'DELETE', path: '/v1/label-sets/{name}/examples', answer: 'json' },
  startJob: { method: 'POST', path: '/v1/jobs', answer: 'json' },
  listJobs: { method: 'GET', path: '/v1/jobs', answer: 'json' },
  getJob: { method: 'GET', path: '/v1/jobs/{id}', answer: 'json' },
  cancelJob: { method: 'DELETE', path: '/v1/jobs/{id}', answer: 'json' },
  followJob: { method: 'GET', path: '/v1/jobs/{id}/events', answer: 'events' },
  reloadModel: { method: 'POST', path: '/v1/models/reload', answer: 'json' },
  listModels: { method: 'GET', path: '/v1/models', answer: 'json' },
} as const;
