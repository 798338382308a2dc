//! Pictures that users upload, such as posters: the fields, the key and the routes of the noun. Each user has a list of their
//! own; everyone who knows the URL of a picture sees it.
//!
//! Its [file](kit::files) goes to the bucket of the stage, not through the service, and is deleted with it.

mod content_type;

use kit::{
    files::FileForm,
    http::{
        ApiError, Route,
        json::{Members, ReadMembers, integer, text},
    },
    operations::{
        Noun,
        mine::{self, FileRequest},
    },
    resource::{Required, Resource as _},
    user::UserId,
    value::{Integer, Slug, WebUrl},
};

pub use self::content_type::ContentType;

/// The size of a file in bytes: 5 MB at most.
pub type Size = Integer<1, 5_242_880>;

kit::resource! {
    /// A picture.
    pub struct Picture {
        /// The media type of its file.
        content_type as "contentType": Required<ContentType>,
        /// The size of its file.
        size: Required<Size>,
        /// Where everyone can see it.
        url: Required<WebUrl>,
    }
    /// The changes that an update makes to a [`Picture`].
    pub struct PictureChanges;
    /// The key of a picture.
    pub struct PictureKey {
        /// The user who uploads it.
        owner: UserId,
        /// The id that the client chose.
        picture_id as "pictureId": Slug,
    }
    one: "picture", many: "pictures", metrics: "Pictures", owner: "owner", access: Private,
    has_file: true
}

/// The body that adds a picture.
pub struct PictureRequest {
    content_type: ContentType,
    size: Size,
}

impl ReadMembers for PictureRequest {
    fn read(members: &mut Members<'_>) -> Option<Self> {
        let content_type = members.take_required("contentType", text(ContentType::parse));
        let size = members.take_required("size", integer(Size::parse));
        Some(Self {
            content_type: content_type?,
            size: size?,
        })
    }
}

impl FileRequest<Picture> for PictureRequest {
    fn form(&self) -> FileForm<'_> {
        FileForm {
            content_type: self.content_type.as_str(),
            size: self.size.get().into(),
        }
    }

    fn into_fields(self, url: String) -> Result<Picture, ApiError> {
        let url = WebUrl::parse(&url).map_err(|invalid| ApiError::internal(invalid.to_string()))?;
        Ok(Picture {
            content_type: Required(self.content_type),
            size: Required(self.size),
            url: Required(url),
        })
    }
}

/// The operations of pictures. There is no update: a picture is put again, or another one is added.
#[must_use]
#[rustfmt::skip]
pub fn routes() -> Vec<Route<Noun<Picture>>> {
    vec![
        Route::get   ("/me/pictures",             "listPictures",  mine::list::<Picture>),
        Route::get   ("/me/pictures/changes",     "listPictureChanges", mine::changes::<Picture>),
        Route::get   ("/me/pictures/{pictureId}", "findPicture",   mine::find::<Picture>),
        Route::put   ("/me/pictures/{pictureId}", "putPicture",    mine::put_with_file::<Picture, PictureRequest>).counting_created(Picture::ADDED).counting_done(Picture::UPDATED),
        Route::delete("/me/pictures/{pictureId}", "deletePicture", mine::delete::<Picture>).counting_done(Picture::DELETED),
    ]
}
