// The surfaces, shaded as MMD does: flat light colour x texture, sphere map, toon ramp, highlight.
// Variants: TRANSLUCENT; SPHERE_MULTIPLY, SPHERE_ADD or SUB_TEXTURE; HIGHLIGHT; TINTED by a material morph;
// SHADOWED by the figure itself.

#ifdef VERTEX

in vec3 skinned_position;
in vec3 skinned_normal;
in vec2 uv;
#ifdef SUB_TEXTURE
in vec2 sub_uv;
#endif

out vec3 seen_position;
out vec3 seen_normal;
out vec2 texture_uv;
#ifdef SUB_TEXTURE
out vec2 sub_texture_uv;
#endif
#ifdef SHADOWED
out vec3 shadow_place;
#endif

void main() {
    vec4 seen = view * vec4(skinned_position, 1.0);
    seen_position = seen.xyz;
    seen_normal = mat3(view) * skinned_normal;
    texture_uv = uv;
#ifdef SUB_TEXTURE
    sub_texture_uv = sub_uv;
#endif
#ifdef SHADOWED
    // Looked up a little above the surface, so that its own texels of the map do not shade it.
    vec3 above = skinned_position + normalize(skinned_normal) * (2.0 * shadow_texel);
    shadow_place = (to_shadow_map * vec4(above, 1.0)).xyz;
#endif
    gl_Position = projection * seen;
}

#endif
#ifdef FRAGMENT

uniform sampler2D color_texture;   // colours multiplied by alpha, so that filtering mixes no hidden colour in
uniform sampler2D sphere_texture;
uniform sampler2D toon_texture;

in vec3 seen_position;
in vec3 seen_normal;
in vec2 texture_uv;
#ifdef SUB_TEXTURE
in vec2 sub_texture_uv;
#endif

out vec4 premultiplied;

#ifdef TINTED
// Alpha is how much of a picture there is: 0 leaves `plain`, the colour that changes nothing.
vec3 tinted(vec3 color, float plain, vec4 multiply, vec4 add) {
    color = mix(vec3(plain), color * multiply.rgb, multiply.a);
    return clamp(color + (color - plain) * add.a, 0.0, 1.0) + add.rgb;
}
#else
#define tinted(color, plain, multiply, add) (color)
#endif

#ifdef SHADOWED
uniform sampler2DShadow shadow_map;

in vec3 shadow_place;

// The part of the light that arrives, 0..1: four soft look-ups around the place.
float sunlight() {
    vec3 offset = vec3(0.75, -0.75, 0.0) / float(textureSize(shadow_map, 0).x);
    return 0.25 * (texture(shadow_map, shadow_place + offset.xxz) + texture(shadow_map, shadow_place + offset.xyz)
        + texture(shadow_map, shadow_place + offset.yxz) + texture(shadow_map, shadow_place + offset.yyz));
}
#endif

vec3 sphere_color(vec2 place, float plain) {
    return tinted(texture(sphere_texture, place).rgb, plain, sphere_multiply, sphere_add);
}

vec3 toon_color(float height) {
    return tinted(texture(toon_texture, vec2(0.0, height)).rgb, 1.0, toon_multiply, toon_add);
}

void main() {
    vec4 texel = texture(color_texture, texture_uv);
    float alpha = 1.0;
#ifdef TRANSLUCENT
    alpha = diffuse.a * texel.a;
    if (alpha < 0.5 / 255.0) discard;
    texel.rgb /= texel.a;
#endif
    vec3 normal = normalize(seen_normal);
    vec3 color = min(ambient * light_ambient.rgb + diffuse.rgb * light_diffuse.rgb, 1.0)
        * tinted(texel.rgb, 1.0, texture_multiply, texture_add);

    vec2 sphere_place = normal.xy * vec2(0.5, -0.5) + 0.5;
#ifdef SPHERE_MULTIPLY
    color *= sphere_color(sphere_place, 1.0);
#endif
#ifdef SPHERE_ADD
    color += sphere_color(sphere_place, 0.0);
#endif
#ifdef SUB_TEXTURE
    color *= sphere_color(sub_texture_uv, 1.0);
#endif

    vec3 toon = toon_color(0.5 - 0.5 * dot(normal, to_light));
    vec3 highlight = vec3(0.0);
#ifdef HIGHLIGHT
    vec3 halfway = normalize(to_light - normalize(seen_position));
    highlight = specular * light_specular.rgb * pow(max(dot(normal, halfway), 0.0), shininess);
#endif
#ifdef SHADOWED
    // Where no light arrives the ramp is at its bottom; what faces away is there already and gets no darker.
    float arriving = sunlight();
    toon = mix(toon_color(1.0), toon, arriving);
    highlight *= arriving;
#endif
    color = color * toon + highlight;
    premultiplied = vec4(min(color, 1.0) * alpha, alpha);
}

#endif
