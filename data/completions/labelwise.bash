# bash completion of labelwise. Made by npm run docs. To use it: source <(labelwise completion bash)
_labelwise() {
  local current="${COMP_WORDS[COMP_CWORD]}" before="${COMP_WORDS[COMP_CWORD - 1]}" command='' words='' word
  for word in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    case "${command:+$command }$word" in 'classify'|'embed'|'inspect'|'inspect prompt'|'inspect image'|'eval'|'calibrate'|'index'|'index status'|'index verify'|'index optimize'|'index prune'|'index backup'|'index restore'|'index migrate'|'search'|'tag'|'tags'|'tags list'|'tags add'|'tags remove'|'tags forget'|'tags delete'|'duplicates'|'discover'|'export'|'datasets'|'datasets show'|'datasets pick'|'teach'|'prompts'|'prompts tune'|'prompts check'|'labels'|'labels build'|'labels search'|'labels list'|'labels remove'|'models'|'models list'|'models show'|'models pull'|'models quantize'|'models tune'|'models verify'|'models remove'|'serve'|'mcp'|'completion'|'worker'|'queue'|'queue status'|'queue retry'|'queue drain'|'queue metrics'|'cache'|'cache show'|'cache clear') command="${command:+$command }$word" ;; esac
  done
  case "$before" in
    --dtype) COMPREPLY=($(compgen -W 'fp32 fp16 int8 uint8 q8 q4 q4f16 bnb4' -- "$current")); return ;;
    --device) COMPREPLY=($(compgen -W 'auto cpu cuda coreml dml webgpu intel-gpu intel-npu' -- "$current")); return ;;
    --engine) COMPREPLY=($(compgen -W 'auto onnxruntime openvino' -- "$current")); return ;;
    --precision) COMPREPLY=($(compgen -W 'fp32 bf16 int8' -- "$current")); return ;;
    --labels-by) COMPREPLY=($(compgen -W 'name order' -- "$current")); return ;;
    --sort) COMPREPLY=($(compgen -W 'similarity date' -- "$current")); return ;;
    --sidecars) COMPREPLY=($(compgen -W 'photo.jpg.xmp photo.xmp' -- "$current")); return ;;
    --kind) COMPREPLY=($(compgen -W 'images labels' -- "$current")); return ;;
  esac
  case "$command" in
    '') words='classify embed inspect eval calibrate index search tag tags duplicates discover export datasets teach prompts labels models serve mcp completion worker queue cache --version --help' ;;
    'classify') words='--quiet --verbose --model --db --dtype --onnx --device --engine --precision --openvino --threads --batch-size --logit-scale --logit-bias --max-image-megapixels --max-image-bytes --allow-svg --fast-decode --no-cache --cache-folder --json --ndjson --csv --labels --labels-file --label-set --table --template --template-set --exclude --top-k --multi-label --none --none-rate --explain --no-thumbnails --html --help' ;;
    'embed') words='--quiet --verbose --model --db --dtype --onnx --device --engine --precision --openvino --threads --batch-size --logit-scale --logit-bias --max-image-megapixels --max-image-bytes --allow-svg --fast-decode --no-cache --cache-folder --json --ndjson --csv --exclude --text --help' ;;
    'inspect') words='prompt image --quiet --verbose --help' ;;
    'inspect prompt') words='--quiet --verbose --model --db --dtype --onnx --device --engine --precision --openvino --threads --batch-size --logit-scale --logit-bias --max-image-megapixels --max-image-bytes --allow-svg --fast-decode --no-cache --cache-folder --json --ndjson --csv --help' ;;
    'inspect image') words='--quiet --verbose --model --db --dtype --onnx --device --engine --precision --openvino --threads --batch-size --logit-scale --logit-bias --max-image-megapixels --max-image-bytes --allow-svg --fast-decode --no-cache --cache-folder --json --ndjson --csv --save-input --help' ;;
    'eval') words='--quiet --verbose --split --config --revision --image-column --label-column --exclude --labels --labels-file --label-set --labels-by --model --template --template-set --db --dtype --onnx --device --engine --precision --openvino --threads --batch-size --logit-scale --logit-bias --max-image-megapixels --max-image-bytes --allow-svg --fast-decode --no-cache --cache-folder --top-k --crops --compare --limit --seed --resamples --report --overwrite --json --clip-benchmark --help' ;;
    'calibrate') words='--quiet --verbose --model --db --dtype --onnx --device --engine --precision --openvino --threads --batch-size --logit-scale --logit-bias --max-image-megapixels --max-image-bytes --allow-svg --fast-decode --no-cache --cache-folder --split --config --revision --image-column --label-column --exclude --labels --labels-file --label-set --labels-by --template --template-set --remove --json --help' ;;
    'index') words='status verify optimize prune backup restore migrate --quiet --verbose --model --db --dtype --onnx --device --engine --precision --openvino --threads --batch-size --logit-scale --logit-bias --max-image-megapixels --max-image-bytes --allow-svg --fast-decode --no-cache --cache-folder --json --ndjson --csv --watch --exclude --allow-empty --crops --queue --shard-images --forget --help' ;;
    'index status') words='--quiet --verbose --json --ndjson --csv --db --failed --left-out --help' ;;
    'index verify') words='--quiet --verbose --json --ndjson --csv --db --repair --help' ;;
    'index optimize') words='--quiet --verbose --json --ndjson --csv --db --min-rows --help' ;;
    'index prune') words='--quiet --verbose --json --ndjson --csv --db --keep-minutes --unfinished --help' ;;
    'index backup') words='--quiet --verbose --json --ndjson --csv --db --help' ;;
    'index restore') words='--quiet --verbose --json --ndjson --csv --db --force --help' ;;
    'index migrate') words='--quiet --verbose --model --db --dtype --onnx --device --engine --precision --openvino --threads --batch-size --logit-scale --logit-bias --max-image-megapixels --max-image-bytes --allow-svg --fast-decode --no-cache --cache-folder --allow-missing --prepare --help' ;;
    'search') words='--quiet --verbose --model --db --dtype --onnx --device --engine --precision --openvino --threads --batch-size --logit-scale --logit-bias --max-image-megapixels --max-image-bytes --allow-svg --fast-decode --no-cache --cache-folder --json --ndjson --csv --image --text --without --like --plain --template --template-set --top-k --offset --relevant --min-similarity --where --in --after --before --camera --format --min-rating --title --caption --near --within --sort --min-width --min-height --next --exact --paths --null --html --open --no-thumbnails --help' ;;
    'tag') words='--quiet --verbose --model --db --dtype --onnx --device --engine --precision --openvino --threads --batch-size --logit-scale --logit-bias --max-image-megapixels --max-image-bytes --allow-svg --fast-decode --no-cache --cache-folder --labels --labels-file --label-set --template --template-set --name --min-probability --balanced --top-k --one-label --multi-label --dry-run --html --help' ;;
    'tags') words='list add remove forget delete --quiet --verbose --help' ;;
    'tags list') words='--quiet --verbose --db --json --ndjson --csv --corrections --help' ;;
    'tags add') words='--quiet --verbose --db --help' ;;
    'tags remove') words='--quiet --verbose --db --help' ;;
    'tags forget') words='--quiet --verbose --db --help' ;;
    'tags delete') words='--quiet --verbose --db --help' ;;
    'duplicates') words='--quiet --verbose --db --json --ndjson --csv --min-similarity --html --threads --help' ;;
    'discover') words='--quiet --verbose --model --db --dtype --onnx --device --engine --precision --openvino --threads --batch-size --logit-scale --logit-bias --max-image-megapixels --max-image-bytes --allow-svg --fast-decode --no-cache --cache-folder --json --ndjson --csv --groups --group-size --seed --out --html --open --where --in --after --before --camera --format --min-rating --near --within --template --template-set --help' ;;
    'export') words='--quiet --verbose --db --csv --json --ndjson --parquet --xmp --iptc --tags --min-probability --in --remove --out --sidecars --hierarchical --dry-run --help' ;;
    'datasets') words='show pick --quiet --verbose --help' ;;
    'datasets show') words='--quiet --verbose --split --config --revision --image-column --label-column --exclude --labels --labels-file --label-set --labels-by --rows --json --help' ;;
    'datasets pick') words='--quiet --verbose --split --config --revision --image-column --label-column --exclude --labels --labels-file --label-set --labels-by --index --random --seed --show --save --json --help' ;;
    'teach') words='--quiet --verbose --model --db --dtype --onnx --device --engine --precision --openvino --threads --batch-size --logit-scale --logit-bias --max-image-megapixels --max-image-bytes --allow-svg --fast-decode --no-cache --cache-folder --json --ndjson --csv --add --from-corrections --forget --forget-all --list --exclude --template --template-set --multi-label --help' ;;
    'prompts') words='tune check --quiet --verbose --help' ;;
    'prompts tune') words='--quiet --verbose --model --db --dtype --onnx --device --engine --precision --openvino --threads --batch-size --logit-scale --logit-bias --max-image-megapixels --max-image-bytes --allow-svg --fast-decode --no-cache --cache-folder --split --config --revision --image-column --label-column --exclude --labels --labels-file --label-set --labels-by --template --template-set --with-labels --save --json --help' ;;
    'prompts check') words='--quiet --verbose --labels --labels-file --label-set --help' ;;
    'labels') words='build search list remove --quiet --verbose --help' ;;
    'labels build') words='--quiet --verbose --model --db --dtype --onnx --device --engine --precision --openvino --threads --batch-size --logit-scale --logit-bias --max-image-megapixels --max-image-bytes --allow-svg --fast-decode --no-cache --cache-folder --labels --labels-file --label-set --template --template-set --overwrite --help' ;;
    'labels search') words='--quiet --verbose --model --db --dtype --onnx --device --engine --precision --openvino --threads --batch-size --logit-scale --logit-bias --max-image-megapixels --max-image-bytes --allow-svg --fast-decode --no-cache --cache-folder --json --ndjson --csv --limit --help' ;;
    'labels list') words='--quiet --verbose --db --json --ndjson --csv --help' ;;
    'labels remove') words='--quiet --verbose --db --help' ;;
    'models') words='list show pull quantize tune verify remove --quiet --verbose --help' ;;
    'models list') words='--quiet --verbose --json --ndjson --csv --known --help' ;;
    'models show') words='--quiet --verbose --model --db --dtype --onnx --device --engine --precision --openvino --threads --batch-size --logit-scale --logit-bias --max-image-megapixels --max-image-bytes --allow-svg --fast-decode --no-cache --cache-folder --json --help' ;;
    'models pull') words='--quiet --verbose --model --db --dtype --onnx --device --engine --precision --openvino --threads --batch-size --logit-scale --logit-bias --max-image-megapixels --max-image-bytes --allow-svg --fast-decode --no-cache --cache-folder --recommended --help' ;;
    'models quantize') words='--quiet --verbose --model --db --dtype --onnx --device --engine --precision --openvino --threads --batch-size --logit-scale --logit-bias --max-image-megapixels --max-image-bytes --allow-svg --fast-decode --no-cache --cache-folder --photos --label-set --force --json --help' ;;
    'models tune') words='--quiet --verbose --model --db --dtype --onnx --device --engine --precision --openvino --threads --batch-size --logit-scale --logit-bias --max-image-megapixels --max-image-bytes --allow-svg --fast-decode --no-cache --cache-folder --photos --json --help' ;;
    'models verify') words='--quiet --verbose --model --db --dtype --onnx --device --engine --precision --openvino --threads --batch-size --logit-scale --logit-bias --max-image-megapixels --max-image-bytes --allow-svg --fast-decode --no-cache --cache-folder --script --python --photos --json --help' ;;
    'models remove') words='--quiet --verbose --help' ;;
    'serve') words='--quiet --verbose --model --db --dtype --onnx --device --engine --precision --openvino --threads --batch-size --logit-scale --logit-bias --max-image-megapixels --max-image-bytes --allow-svg --fast-decode --no-cache --cache-folder --host --port --keys --new-key --write --folder --label-set --open --max-body-bytes --max-items --rate --allow-urls --cors-origin --isolate --isolate-memory --log --log-texts --next --answer-to --help' ;;
    'mcp') words='--quiet --verbose --model --db --dtype --onnx --device --engine --precision --openvino --threads --batch-size --logit-scale --logit-bias --max-image-megapixels --max-image-bytes --allow-svg --fast-decode --no-cache --cache-folder --write --help' ;;
    'completion') words='--quiet --verbose --help'; [[ "$current" == -* ]] || { COMPREPLY=($(compgen -W 'bash zsh fish' -- "$current")); return; } ;;
    'worker') words='--quiet --verbose --model --db --dtype --onnx --device --engine --precision --openvino --threads --batch-size --logit-scale --logit-bias --max-image-megapixels --max-image-bytes --allow-svg --fast-decode --no-cache --cache-folder --queue --help' ;;
    'queue') words='status retry drain metrics --quiet --verbose --help' ;;
    'queue status') words='--quiet --verbose --json --ndjson --csv --queue --help' ;;
    'queue retry') words='--quiet --verbose --json --ndjson --csv --queue --help' ;;
    'queue drain') words='--quiet --verbose --json --ndjson --csv --queue --help' ;;
    'queue metrics') words='--quiet --verbose --queue --host --port --help' ;;
    'cache') words='show clear --quiet --verbose --help' ;;
    'cache show') words='--quiet --verbose --cache-folder --json --ndjson --csv --help' ;;
    'cache clear') words='--quiet --verbose --cache-folder --kind --help' ;;
  esac
  COMPREPLY=($(compgen -W "$words" -- "$current"))
  local IFS=$'\n' # a name may have spaces
  [[ "$current" == -* ]] || COMPREPLY+=($(compgen -f -- "$current"))
}
complete -o filenames -F _labelwise labelwise
