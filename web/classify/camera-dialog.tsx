import { useEffect, useRef, useState } from 'preact/hooks';
import { CloseIcon } from '../shared/icons.js';

/** Whether the page may show the camera itself. Phones without that offer their own camera when a file is chosen. */
export const hasCamera = (): boolean => navigator.mediaDevices?.getUserMedia !== undefined;

interface Props {
  readonly onPicture: (picture: File) => void;
  readonly onClose: () => void;
}

/** The camera's picture, and a button that takes it. */
export function CameraDialog({ onPicture, onClose }: Props) {
  const dialog = useRef<HTMLDialogElement>(null);
  const video = useRef<HTMLVideoElement>(null);
  const [problem, setProblem] = useState('');
  const [isReady, setReady] = useState(false);
  useEffect(() => {
    dialog.current?.showModal();
    let stream: MediaStream | undefined;
    let isGone = false;
    navigator.mediaDevices.getUserMedia({ video: { facingMode: 'environment', width: { ideal: 1920 } } }).then(
      (opened) => {
        stream = opened;
        if (isGone) stop(opened);
        else if (video.current) video.current.srcObject = opened;
      },
      (error: unknown) => setProblem(describe(error)),
    );
    return () => {
      isGone = true;
      if (stream) stop(stream);
    };
  }, []);
  const take = async (): Promise<void> => {
    const picture = await takePicture(video.current as HTMLVideoElement);
    onPicture(picture);
    onClose();
  };
  return (
    <dialog ref={dialog} class="dialog camera" aria-label="Take a picture" onClose={onClose}>
      <button type="button" class="icon-button dialog-close" aria-label="Close" onClick={onClose}>
        <CloseIcon />
      </button>
      {problem === '' ? (
        <video ref={video} autoplay playsInline muted onLoadedData={() => setReady(true)} />
      ) : (
        <p class="camera-problem" role="alert">
          {problem}
        </p>
      )}
      <button type="button" class="button primary wide" disabled={!isReady} onClick={take}>
        Take the picture
      </button>
    </dialog>
  );
}

function stop(stream: MediaStream): void {
  for (const track of stream.getTracks()) track.stop();
}

function describe(error: unknown): string {
  const name = error instanceof DOMException ? error.name : '';
  if (name === 'NotAllowedError') return 'The browser does not let this page use the camera. Allow it beside the address, then try again.';
  if (name === 'NotFoundError') return 'This device has no camera. Choose or drop a picture instead.';
  return 'The camera does not start. Another program may be using it.';
}

async function takePicture(video: HTMLVideoElement): Promise<File> {
  const canvas = document.createElement('canvas');
  canvas.width = video.videoWidth;
  canvas.height = video.videoHeight;
  canvas.getContext('2d')?.drawImage(video, 0, 0);
  const blob = await new Promise<Blob | null>((done) => canvas.toBlob(done, 'image/png'));
  return new File([blob as Blob], 'camera.png', { type: 'image/png' });
}
