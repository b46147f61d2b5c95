/** What becomes of the files of pictures: those that were sent to the service are its own. */
export type Removal = { readonly name: string; readonly isUploaded: boolean; readonly files: number } | 'several';

const DELETED = 'is deleted from the disk of the service, and cannot be brought back';
const STAYS = 'stays where it is: only the library forgets it, and the next index run finds it again';

/** What a person should know before pictures leave the library. */
export function describeRemoval(pictures: number, removal: Removal): { readonly title: string; readonly text: string } {
  if (removal === 'several')
    return {
      title: `Remove ${pictures} ${pictures === 1 ? 'picture' : 'pictures'} from the library?`,
      text: `A file that was added on this page or sent to the service ${DELETED}. A file in one of your folders ${STAYS}.`,
    };
  const { name, isUploaded, files } = removal;
  const title = `Remove “${name}” from the library?`;
  if (isUploaded && files > 1)
    return { title, text: `The copy that was sent to the service ${DELETED}. Each file in your folders ${STAYS}.` };
  return { title, text: isUploaded ? `The file was sent to the service. It ${DELETED}.` : `Your file ${STAYS}.` };
}
