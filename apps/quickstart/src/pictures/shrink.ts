import { UnreadablePictureError } from '../app/errors';

/** The longest side of a picture in pixels: plenty for a poster. */
const LONGEST = 1000;

/** What is uploaded of a picture, and the same as a URL for this page. */
export interface SmallPicture {
    readonly file: Blob;
    readonly preview: string;
}

/**
 * Makes a picture small enough to upload: a JPEG of some hundred kilobytes, upright, and without what a camera writes
 * beside it, such as the place.
 */
export async function shrink(file: File): Promise<SmallPicture> {
    const bitmap = await createImageBitmap(file).catch(() => {
        throw new UnreadablePictureError();
    });
    const scale = Math.min(1, LONGEST / Math.max(bitmap.width, bitmap.height));
    const canvas = document.createElement('canvas');
    canvas.width = Math.max(1, Math.round(bitmap.width * scale));
    canvas.height = Math.max(1, Math.round(bitmap.height * scale));
    const context = canvas.getContext('2d');
    if (context === null) {
        throw new UnreadablePictureError();
    }
    // A JPEG has no transparency.
    context.fillStyle = '#ffffff';
    context.fillRect(0, 0, canvas.width, canvas.height);
    context.imageSmoothingQuality = 'high';
    context.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
    bitmap.close();
    const small = await new Promise<Blob | null>((resolve) => {
        canvas.toBlob(resolve, 'image/jpeg', 0.85);
    });
    if (small === null) {
        throw new UnreadablePictureError();
    }
    return { file: small, preview: canvas.toDataURL('image/jpeg', 0.85) };
}
