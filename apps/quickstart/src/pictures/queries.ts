import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import type { PictureResponse } from 'movies-client';
import { useEffect, useRef, useState } from 'react';
import { isProblem } from '../app/errors';
import { newId } from '../app/id';
import { useScope } from '../app/session';
import { useClient } from '../app/stage';
import { shrink } from './shrink';

type Pictures = readonly PictureResponse[];

function usePicturesKey() {
    return [...useScope(), 'pictures'];
}

/** All pictures of the user, the latest first. */
export function usePictures() {
    const { api } = useClient();
    return useQuery({
        queryKey: usePicturesKey(),
        queryFn: async ({ signal }) => {
            const pictures: PictureResponse[] = [];
            for await (const picture of api.listPicturesAll({ limit: 100 }, { signal })) {
                pictures.push(picture);
            }
            return pictures.sort((one, other) =>
                other.createdAt.localeCompare(one.createdAt),
            ) as Pictures;
        },
    });
}

export function useDeletePicture({ pictureId }: PictureResponse) {
    const { api } = useClient();
    const queries = useQueryClient();
    const queryKey = usePicturesKey();
    return useMutation({
        mutationFn: async () => {
            try {
                await api.deletePicture(pictureId);
            } catch (error) {
                // Another tab, or an attempt whose answer was lost, was faster.
                if (!isProblem(error, 'picture-not-found')) {
                    throw error;
                }
            }
        },
        onSuccess: () =>
            queries.setQueryData<Pictures>(queryKey, (all) =>
                all?.filter((other) => other.pictureId !== pictureId),
            ),
    });
}

interface Attempt {
    readonly file: File;
    /** Another attempt with the same file replaces what the first one left. */
    readonly pictureId: string;
}

/** Uploads pictures, one at a time. `onUploaded` is called with the URL. Who leaves the page cancels it. */
export function useUpload(onUploaded: (url: string) => void) {
    const client = useClient();
    const queries = useQueryClient();
    const queryKey = usePicturesKey();
    const offeredKey = [...useScope(), 'uploads-offered'];
    const { data: isOffered } = useQuery({
        queryKey: offeredKey,
        queryFn: () => true,
        initialData: true,
        staleTime: Infinity,
        gcTime: Infinity,
    });
    const [preview, setPreview] = useState<string>();
    const running = useRef<AbortController>(undefined);
    useEffect(() => () => running.current?.abort(), []);

    const upload = useMutation({
        mutationFn: async ({ file, pictureId }: Attempt) => {
            const { signal } = (running.current = new AbortController());
            setPreview(undefined);
            const small = await shrink(file);
            setPreview(small.preview);
            return client.uploadPicture(small.file, 'image/jpeg', { pictureId, signal });
        },
        onSuccess: ({ url }) => {
            void queries.invalidateQueries({ queryKey });
            onUploaded(url);
        },
        onError: (error) => {
            if (isProblem(error, 'uploads-not-offered')) {
                queries.setQueryData(offeredKey, false);
            }
        },
    });
    const { variables } = upload;
    return {
        isOffered,
        isPending: upload.isPending,
        error: isOffered ? upload.error : null,
        url: upload.data?.url,
        /** The picture of the last attempt, once it is small. */
        preview: upload.isError ? undefined : preview,
        start: (file: File) => {
            running.current?.abort();
            upload.mutate({ file, pictureId: newId() });
        },
        retry: variables && (() => upload.mutate(variables)),
    };
}
